import type { Chat } from '../core/api.gen';
import { chatTitle } from './chatTitle';

/** The people with whom there are chats. */
export function contactsOf(chats: Chat[]): { accountId: string; name: string; pictureAt: number | undefined }[] {
  return chats
    .filter((chat) => chat.kind === 'direct' && !chat.self && chat.accountId)
    .map((chat) => ({ accountId: chat.accountId ?? '', name: chatTitle(chat), pictureAt: chat.pictureAt }));
}

/** Chats as a list to choose from. */
export const asPeople = (chats: Chat[]): { accountId: string; name: string; pictureAt: number | undefined }[] =>
  chats.map((chat) => ({ accountId: chat.id, name: chatTitle(chat), pictureAt: chat.pictureAt }));
