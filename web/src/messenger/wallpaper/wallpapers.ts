/** What can be behind the messages of a chat. What was chosen is the same on all own devices; photos stay on theirs. */
export const wallpapers = ['plain', 'sand', 'sky', 'rose', 'dots', 'waves', 'weave'] as const;
export type Wallpaper = (typeof wallpapers)[number];

/** Whose wallpaper a photo is: a chat, by its id, or all chats without their own. */
export type Scope = string;
export const everyChat: Scope = 'all';

export type Shown = { photo: Scope } | { drawn: Wallpaper };

const isWallpaper = (name: string | undefined): name is Wallpaper => (wallpapers as readonly (string | undefined)[]).includes(name);

/** What a chat shows, of its own choice and that for all chats; a name that this version does not know counts for nothing. */
export function shownIn(chatId: string, own: string | undefined, all: string | undefined, photos: readonly Scope[]): Shown {
  if (photos.includes(chatId)) return { photo: chatId };
  if (isWallpaper(own)) return { drawn: own };
  if (photos.includes(everyChat)) return { photo: everyChat };
  return { drawn: isWallpaper(all) ? all : 'plain' };
}
