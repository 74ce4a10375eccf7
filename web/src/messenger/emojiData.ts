import dataUrl from 'emoji-picker-element-data/en/emojibase/data.json?url';

/** One emoji with the words it is found by. */
export interface Emoji {
  emoji: string;
  name: string;
  words: string;
  group: number;
}

interface Entry {
  emoji: string;
  annotation: string;
  tags?: string[];
  shortcodes?: string[];
  group?: number;
  order: number;
  version: number;
}

// Newer ones show as boxes on systems that are a few years old.
const newestVersion = 14;
const components = 2;
const storageKey = 'parley.emoji';
const recentLimit = 16;

let loading: Promise<Emoji[]> | undefined;

/** All emoji in their order, from our own origin; read once. */
export function loadEmoji(): Promise<Emoji[]> {
  loading ??= read().catch((cause: unknown) => {
    loading = undefined;
    throw cause;
  });
  return loading;
}

async function read(): Promise<Emoji[]> {
  const response = await fetch(dataUrl);
  if (!response.ok) throw new Error(`emoji data: status ${response.status}`);
  return emojiFrom((await response.json()) as Entry[]);
}

export function emojiFrom(entries: Entry[]): Emoji[] {
  return entries
    .filter((entry) => entry.group !== undefined && entry.group !== components && entry.version <= newestVersion)
    .sort((a, b) => a.order - b.order)
    .map(({ emoji, annotation, tags = [], shortcodes = [], group = 0 }) => ({
      emoji,
      name: annotation,
      words: [annotation, ...tags, ...shortcodes].join(' ').toLowerCase(),
      group,
    }));
}

/** Emoji that have all the words, each as the beginning of one of theirs; those named so come first. */
export function findEmoji(all: Emoji[], query: string): Emoji[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const has = (text: string) => words.every((word) => ` ${text}`.replaceAll('_', ' ').includes(` ${word}`));
  const found = all.filter((emoji) => has(emoji.words));
  return [...found.filter((emoji) => has(emoji.name)), ...found.filter((emoji) => !has(emoji.name))];
}

/** The emoji chosen last on this device, the latest first. */
export function recentEmoji(storage: Storage): string[] {
  return (storage.getItem(storageKey) ?? '').split(' ').filter(Boolean);
}

export function rememberEmoji(storage: Storage, emoji: string): void {
  const recent = [emoji, ...recentEmoji(storage).filter((other) => other !== emoji)];
  storage.setItem(storageKey, recent.slice(0, recentLimit).join(' '));
}
