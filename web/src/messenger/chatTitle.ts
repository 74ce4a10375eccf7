import type { Chat } from '../core/api.gen';
import { formatPhone } from './phone';

/** The name of a chat as it is shown; a bare number is grouped for the eye. */
export function chatTitle(chat: Chat): string {
  return formatPhone(chat.title || chat.phone || '');
}
