import type { Chat } from '../core/api.gen';
import { t, type Key } from '../i18n';
import type { MenuItem } from '../ui/Menu.svelte';
import type { IconName } from '../ui/icons';
import { isMuted } from './chatList.svelte';

/** What can be done with a chat, on all own devices at once (M51–M53). */
export type ChatCommand = 'pin' | 'unpin' | 'archive' | 'unarchive' | 'mute' | 'unmute' | 'unread' | 'read' | 'preview' | 'noPreview' | 'rename' | 'timer' | 'wallpaper' | 'window' | 'export' | 'report' | 'block' | 'unblock';

const signs: Record<ChatCommand, { icon: IconName; label: Key }> = {
  pin: { icon: 'pin', label: 'chatMenu.pin' },
  unpin: { icon: 'unpin', label: 'chatMenu.unpin' },
  archive: { icon: 'archive', label: 'chatMenu.archive' },
  unarchive: { icon: 'unarchive', label: 'chatMenu.unarchive' },
  mute: { icon: 'muted', label: 'chatMenu.mute' },
  unmute: { icon: 'bell', label: 'chatMenu.unmute' },
  unread: { icon: 'unread', label: 'chatMenu.unread' },
  read: { icon: 'check', label: 'chatMenu.read' },
  preview: { icon: 'bell', label: 'chatMenu.preview' },
  noPreview: { icon: 'bell', label: 'chatMenu.noPreview' },
  rename: { icon: 'edit', label: 'chatMenu.rename' },
  timer: { icon: 'clock', label: 'chatMenu.timer' },
  wallpaper: { icon: 'picture', label: 'chatMenu.wallpaper' },
  window: { icon: 'browser', label: 'chatMenu.window' },
  export: { icon: 'download', label: 'chatMenu.export' },
  report: { icon: 'warning', label: 'chatMenu.report' },
  block: { icon: 'block', label: 'chatMenu.block' },
  unblock: { icon: 'check', label: 'chatMenu.unblock' },
};

/** Of two commands that undo each other, the one that changes something now. */
export const archiveCommand = (chat: Chat): ChatCommand => (chat.archived ? 'unarchive' : 'archive');
export const muteCommand = (chat: Chat, now: number): ChatCommand => (isMuted(chat, now) ? 'unmute' : 'mute');
export const unreadCommand = (chat: Chat): ChatCommand => (chat.unread > 0 || chat.markedUnread ? 'read' : 'unread');

/** Whether a chat can stand beside others: not on a phone, and not from a window that is one already. */
const canOpenWindows = (): boolean => globalThis.matchMedia?.('(min-width: 46rem) and (pointer: fine)').matches && !isChatWindow();

/** The window was opened for one chat (M99). */
export const isChatWindow = (): boolean => new URLSearchParams(globalThis.location?.search).has('chat');

/** The menu of a chat; whether notifications show it is asked where the person chooses that chat by chat. */
export function chatMenu(chat: Chat, now: number, choosesPreviews = false): MenuItem<ChatCommand>[] {
  const commands: ChatCommand[] = [
    chat.pinned ? 'unpin' : 'pin', archiveCommand(chat), muteCommand(chat, now), unreadCommand(chat),
  ];
  if (choosesPreviews && !chat.self) commands.push(chat.preview ? 'noPreview' : 'preview');
  if (!chat.self && chat.kind === 'direct') commands.push('rename');
  commands.push('timer', 'wallpaper');
  if (canOpenWindows()) commands.push('window');
  commands.push('export');
  if (chat.kind === 'direct' && !chat.self) commands.push('report', chat.blocked ? 'unblock' : 'block');
  return commands.map((id) => ({ id, icon: signs[id].icon, label: t(signs[id].label as 'chatMenu.pin') }));
}
