/** For how long a chat is muted (M52). */
export type MuteLength = 'hours' | 'week' | 'always';

const hour = 3_600_000;

/** “Always”: so far away that it is never. The command line uses the same time. */
export const forever = Date.UTC(9999, 0, 1);

/** When a mute that begins now ends, Unix milliseconds. */
export function muteEnd(length: MuteLength, now: number): number {
  switch (length) {
    case 'hours':
      return now + 8 * hour;
    case 'week':
      return now + 7 * 24 * hour;
    case 'always':
      return forever;
  }
}
