import type { Message } from '../core/api.gen';
import { t } from '../i18n';
import type { MenuItem } from '../ui/Menu.svelte';

/** What can be done with a message. */
export type MessageCommand = 'star' | 'unstar' | 'copy';

/** The menu of a message. */
export function messageMenu(message: Message): MenuItem<MessageCommand>[] {
  return [
    message.starred
      ? { id: 'unstar', icon: 'unstar', label: t('message.unstar') }
      : { id: 'star', icon: 'star', label: t('message.star') },
    { id: 'copy', icon: 'copy', label: t('message.copy') },
  ];
}
