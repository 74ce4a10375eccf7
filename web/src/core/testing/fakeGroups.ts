/** The groups of the fake core. */
import type { FakeChats } from './fakeChats';
import type { Chat, Community, CommunityGroup, Group, GroupMember, Params, Person } from './fakeTypes';

export class FakeGroups {
  #groups = new Map<string, Group>();
  #communities = new Map<string, Community>();
  #chats: FakeChats;

  constructor(chats: FakeChats) {
    this.#chats = chats;
  }

  create({ name, description, accountIds = [], phones = [], communityId }: Params<'createGroup'>): Chat {
    const chat = this.#chats.add(name, `group-${name}`, { kind: 'group', mayWrite: true });
    const members: GroupMember[] = [{ accountId: 'own', name: 'Me', own: true, admin: true }];
    this.#groups.set(chat.id, {
      chatId: chat.id, name, description: description ?? '', member: true, admin: true, mayEdit: true, mayAdd: true, mayWrite: true,
      adminsEdit: false, adminsAdd: false, adminsWrite: false, adminsApprove: false, members,
    });
    this.add({ chatId: chat.id, accountIds, phones });
    this.#chats.put(chat.id, { kind: 'group', text: '', notice: { what: 'created', by: { accountId: 'own', own: true } } });
    this.#chats.change(chat.id, { unread: 0 });
    if (communityId) this.link({ communityId, chatId: chat.id });
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
    const went = members.filter(gone).map((member) => ({ ...member, removed: true, goneAt: Date.now() }));
    return this.#set(chatId, { members: members.filter((member) => !gone(member)), past: [...went, ...past] });
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

  createCommunity({ groupIds = [], ...params }: Params<'createCommunity'>): Community {
    const { id, title } = this.create(params);
    this.change({ chatId: id, adminsEdit: true, adminsAdd: true, adminsWrite: true, link: true });
    this.#communities.set(id, { chatId: id, name: title, description: params.description ?? '', admin: true, members: 1, groups: [] });
    this.#chats.change(id, { community: { chatId: id, name: title } });
    for (const chatId of groupIds) this.link({ communityId: id, chatId });
    return this.community({ chatId: id });
  }

  community({ chatId }: Params<'community'>): Community {
    const community = this.#communities.get(chatId);
    if (!community) throw { code: 'community_unknown', message: 'This community is not there any more, or you are not in it.' };
    return { ...community, members: this.get({ chatId }).members.length };
  }

  /** A group that this account is not in. */
  offer(communityId: string, group: CommunityGroup): void {
    const community = this.community({ chatId: communityId });
    this.#communities.set(communityId, { ...community, groups: [...community.groups, group] });
  }

  link({ communityId, chatId }: Params<'linkGroup'>): Community {
    const { name, members } = this.get({ chatId });
    this.offer(communityId, { chatId, name, state: 'joined', members: members.length, mayUnlink: true });
    const has = new Set(this.get({ chatId: communityId }).members.map(({ accountId }) => accountId));
    this.#set(communityId, { members: [...this.get({ chatId: communityId }).members, ...members.filter(({ accountId }) => !has.has(accountId))] });
    this.#chats.change(chatId, { community: { chatId: communityId, name: this.community({ chatId: communityId }).name } });
    return this.community({ chatId: communityId });
  }

  unlink({ communityId, chatId }: Params<'unlinkGroup'>): Community {
    const community = this.community({ chatId: communityId });
    this.#communities.set(communityId, { ...community, groups: community.groups.filter((group) => group.chatId !== chatId) });
    const { community: _, ...alone } = this.#chats.get(chatId);
    this.#chats.replace(alone);
    return this.community({ chatId: communityId });
  }

  linkable(): Chat[] {
    return [...this.#groups.values()].map(({ chatId }) => this.#chats.get(chatId)).filter(({ community }) => !community);
  }

  #set(chatId: string, change: Partial<Group>): Group {
    const group = { ...this.get({ chatId }), ...change };
    this.#groups.set(chatId, group);
    this.#chats.change(chatId, { title: group.name, members: group.members.length });
    return group;
  }
}
