import type { GroupNotice, Person } from '../core/api.gen';
import { filled, groupsText } from '../i18n/groups';
import { formatPhone } from './phone';

/** What somebody in a group is called. */
export function personName(person: Pick<Person, 'name' | 'phone' | 'own'> | undefined): string {
  const texts = groupsText();
  if (person?.own) return texts.you;
  return formatPhone(person?.name || person?.phone || '') || texts.somebody;
}

/** What a line in the chat of a group says. */
export function groupNoticeText(notice: GroupNotice | undefined): string {
  if (!notice) return '';
  const texts = groupsText();
  const shown = notice.people ?? [];
  let people = shown.map(personName).join(', ');
  const more = (notice.count ?? 0) - shown.length;
  if (more > 0) people = filled(texts.notice.more ?? '', { people, count: more });
  return filled(texts.notice[notice.what] ?? '', { by: personName(notice.by), people, text: notice.text ?? '' });
}
