import type { Chat, Message } from '../core/api.gen';
import { t } from '../i18n';
import type { MenuItem } from '../ui/Menu.svelte';

/** What can be done with a message. */
export type MessageCommand = 'reply' | 'react' | 'forward' | 'copy' | 'edit' | 'star' | 'unstar' | 'pin' | 'unpin' | 'details' | 'select' | 'report' | 'delete';

/** The emoji that are offered first. */
export const quickReactions = ['👍', '❤️', '😂', '😮', '😢', '🙏'];

/** Only the app or nobody says something there. */
const isBare = ({ kind }: Message): boolean => kind === 'deleted' || kind === 'unsupported' || kind === 'timer';

export const canReact = (message: Message): boolean => !isBare(message) && message.status !== 'failed';

/** The menu of a message of a chat at a time. */
export function messageMenu(message: Message, now: number, chat?: Pick<Chat, 'pins' | 'mayPin'>): MenuItem<MessageCommand>[] {
  const items: MenuItem<MessageCommand>[] = [];
  if (canReact(message)) {
    items.push({ id: 'reply', icon: 'reply', label: t('message.reply') }, { id: 'react', icon: 'emoji', label: t('message.react') });
  }
  if (!isBare(message)) {
    if (message.kind !== 'poll' && !message.viewOnce) items.push({ id: 'forward', icon: 'forward', label: t('message.forward') });
    if (message.text) items.push({ id: 'copy', icon: 'copy', label: t('message.copy') });
    if ((message.editableUntil ?? 0) > now) items.push({ id: 'edit', icon: 'edit', label: t('message.edit') });
    if (!message.viewOnce) items.push(
      message.starred
        ? { id: 'unstar', icon: 'unstar', label: t('message.unstar') }
        : { id: 'star', icon: 'star', label: t('message.star') },
    );
    if (chat?.mayPin && !message.viewOnce && message.status !== 'failed') items.push(
      chat.pins?.some((pin) => pin.message.id === message.id && pin.until > now)
        ? { id: 'unpin', icon: 'unpin', label: t('chatMenu.unpin') }
        : { id: 'pin', icon: 'pin', label: t('message.pin') },
    );
    items.push({ id: 'details', icon: 'info', label: t('message.details') }, { id: 'select', icon: 'check', label: t('message.select') });
  }
  if (!message.mine && !isBare(message)) items.push({ id: 'report', icon: 'warning', label: t('message.report') });
  items.push({ id: 'delete', icon: 'trash', label: t('message.delete') });
  return items;
}
