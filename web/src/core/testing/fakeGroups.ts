/** The groups of the fake core. */
import type { FakeChats } from './fakeChats';
import type { Chat, Group, GroupMember, Params, Person } from './fakeTypes';

export class FakeGroups {
  #groups = new Map<string, Group>();
  #chats: FakeChats;

  constructor(chats: FakeChats) {
    this.#chats = chats;
  }

  create({ name, description, accountIds = [], phones = [] }: Params<'createGroup'>): Chat {
    const chat = this.#chats.add(name, `group-${name}`, { kind: 'group', mayWrite: true });
    const members: GroupMember[] = [{ accountId: 'own', name: 'Me', own: true, admin: true }];
    this.#groups.set(chat.id, {
      chatId: chat.id, name, description: description ?? '', member: true, admin: true, mayEdit: true, mayAdd: true, mayWrite: true,
      adminsEdit: false, adminsAdd: false, adminsWrite: false, adminsApprove: false, members,
    });
    this.add({ chatId: chat.id, accountIds, phones });
    this.#chats.put(chat.id, { kind: 'group', text: '', notice: { what: 'created', by: { accountId: 'own', own: true } } });
    this.#chats.change(chat.id, { unread: 0 });
    return this.#chats.get(chat.id);
  }

  get({ chatId }: Params<'group'>): Group {
    const group = this.#groups.get(chatId);
    if (!group) throw { code: 'chat_unknown', message: 'This chat is not on this device.' };
    return group;
  }

  add({ chatId, accountIds = [], phones = [] }: Params<'addToGroup'>): Group {
    const people = [
      ...accountIds.map((accountId) => ({ accountId, name: this.#chats.get(accountId).title })),
      ...phones.map((phone) => ({ accountId: phone, name: phone, phone })),
    ];
    return this.#set(chatId, { members: [...this.get({ chatId }).members, ...people] });
  }

  remove({ chatId, accountIds = [] }: Params<'removeFromGroup'>): Group {
    const gone = (member: GroupMember): boolean => accountIds.includes(member.accountId);
    const { members, past = [] } = this.get({ chatId });
    return this.#set(chatId, { members: members.filter((member) => !gone(member)), past: [...past, ...members.filter(gone)] });
  }

  change({ chatId, makeAdmin = [], dismissAdmin = [], link, picture: _, ...rest }: Params<'changeGroup'>): Group {
    const group = this.get({ chatId });
    const members = group.members.map((member) => ({
      ...member, admin: !dismissAdmin.includes(member.accountId) && (member.admin === true || makeAdmin.includes(member.accountId)),
    }));
    const links = link === undefined ? {} : { link: link ? `https://chat.example.org/#group=${chatId}.abcdefghijklmnopqrstuv` : '' };
    return this.#set(chatId, { ...rest, ...links, members });
  }

  leave({ chatId }: Params<'leaveGroup'>): Record<string, never> {
    this.#set(chatId, { member: false, admin: false, mayAdd: false, mayEdit: false, mayWrite: false, members: [] });
    this.#chats.change(chatId, { mayWrite: false });
    return {};
  }

  /** Somebody asks to come in. */
  ask(chatId: string, person: Person): void {
    const requests = [...(this.get({ chatId }).requests ?? []), person];
    this.#set(chatId, { requests });
    this.#chats.change(chatId, { joinRequests: requests.length });
  }

  answer({ chatId, accountIds, approve }: Params<'answerJoin'>): Group {
    const { requests = [], members } = this.get({ chatId });
    const asked = requests.filter(({ accountId }) => accountIds.includes(accountId));
    const left = requests.filter((person) => !asked.includes(person));
    this.#chats.change(chatId, { joinRequests: left.length });
    return this.#set(chatId, { requests: left, members: approve ? [...members, ...asked] : members });
  }

  withdraw({ chatId }: Params<'withdrawJoin'>): Chat {
    this.#chats.change(chatId, { waiting: false });
    return this.#chats.get(chatId);
  }

  #set(chatId: string, change: Partial<Group>): Group {
    const group = { ...this.get({ chatId }), ...change };
    this.#groups.set(chatId, group);
    this.#chats.change(chatId, { title: group.name, members: group.members.length });
    return group;
  }
}
