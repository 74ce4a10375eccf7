import type { Chat } from '../core/api.gen';
import { t } from '../i18n';
import { groupsText } from '../i18n/groups';
import { formatPhone } from './phone';

/** The name of a chat as it is shown; a bare number is grouped for the eye. */
export function chatTitle(chat: Chat): string {
  if (chat.self) return t('notes.title');
  return formatPhone(chat.title || chat.phone || '') || (chat.kind === 'group' ? groupsText().unnamed : '');
}
