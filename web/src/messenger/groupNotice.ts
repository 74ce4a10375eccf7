import type { GroupNotice, Person } from '../core/api.gen';
import { filled, groupsText } from '../i18n/groups';
import { formatPhone } from './phone';

/** What somebody in a group is called. */
export function personName(person: Pick<Person, 'name' | 'phone' | 'own'> | undefined): string {
  const texts = groupsText();
  if (person?.own) return texts.you;
  return formatPhone(person?.name || person?.phone || '') || texts.somebody;
}

/** What somebody is called in a sentence, which begins with them or not. */
function nameInSentence(person: GroupNotice['by'], begins: boolean): string {
  const name = personName(person);
  return person?.own && !begins ? name.toLocaleLowerCase() : name;
}

/** What a line in the chat of a group says. */
export function groupNoticeText(notice: GroupNotice | undefined): string {
  if (!notice) return '';
  const texts = groupsText();
  const shown = notice.people ?? [];
  const sentence = texts.notice[notice.what] ?? '';
  let people = shown.map((person, i) => nameInSentence(person, i === 0 && sentence.startsWith('{people}'))).join(', ');
  const more = (notice.count ?? 0) - shown.length;
  if (more > 0) people = filled(texts.notice.more ?? '', { people, count: more });
  return filled(sentence, { by: nameInSentence(notice.by, sentence.startsWith('{by}')), people, text: notice.text ?? '' });
}
