import type { GroupMember, Mention } from '../core/api.gen';

/** What is written behind the last “@” before the caret; undefined where nobody is being mentioned. */
export function queryAt(text: string, caret: number): string | undefined {
  return /(?:^|[\s(])@([^@\n]{0,40})$/.exec(text.slice(0, caret))?.[1];
}

/** What a member is called in a text. */
export const mentionName = ({ name, phone }: GroupMember): string => name || phone || '';

/** Whom a query may mean: the start of a name, or of a word in it. */
export function matching(members: GroupMember[], query: string): GroupMember[] {
  const wanted = query.toLocaleLowerCase();
  return members.filter((member) => {
    const name = mentionName(member).toLocaleLowerCase();
    return !member.own && name && (name.startsWith(wanted) || name.includes(` ${wanted}`));
  });
}

/**
 * Who is mentioned in a text: the members of whom it has “@” and the name. Of those who are called the same, the one who
 * was picked, or nobody.
 */
export function mentionsIn(text: string, members: GroupMember[], picked: ReadonlyMap<string, string>): Mention[] {
  const byName = new Map<string, string[]>();
  for (const member of members) {
    const name = mentionName(member);
    if (name) byName.set(name, [...(byName.get(name) ?? []), member.accountId]);
  }
  let left = text;
  return [...byName].sort(([a], [b]) => b.length - a.length).flatMap(([name, accounts]): Mention[] => {
    const parts = left.split(`@${name}`);
    const accountId = picked.get(name) ?? (accounts.length === 1 ? accounts[0] : undefined);
    if (parts.length === 1 || !accountId) return [];
    left = parts.join(' '); // a shorter name is not found in a longer one
    return [{ accountId, name }];
  });
}
