import type { Chat, Settings } from '../core/api.gen';

/** When and how messages are told by the system, as the person chose for all own devices (M104–M106). */
export interface NotificationChoice {
  on: boolean;
  /** Whether what was written is shown: everywhere, nowhere, or in chosen chats. */
  previews: 'on' | 'off' | 'chosen';
  sounds: boolean;
  quiet: QuietHours | undefined;
}

/** A time each day, minutes after midnight where the device is; until may be before from: it is tomorrow then. */
export interface QuietHours {
  from: number;
  until: number;
}

const minutesOfDay = 24 * 60;

/** What holds; what was never chosen is on, and the night is not quiet. */
export function choiceOf({ notifications, previews, sounds, quietHours }: Settings): NotificationChoice {
  return {
    on: notifications !== 'off',
    previews: previews === 'off' || previews === 'chosen' ? previews : 'on',
    sounds: sounds !== 'off',
    quiet: quietHoursOf(quietHours),
  };
}

/** Reads "2200-0700"; anything else is none. */
export function quietHoursOf(text: string | undefined): QuietHours | undefined {
  const [, fromHour, fromMinute, untilHour, untilMinute] = /^(\d\d)(\d\d)-(\d\d)(\d\d)$/.exec(text ?? '') ?? [];
  if (untilMinute === undefined) return undefined;
  const from = 60 * Number(fromHour) + Number(fromMinute);
  const until = 60 * Number(untilHour) + Number(untilMinute);
  return from < minutesOfDay && until < minutesOfDay && from !== until ? { from, until } : undefined;
}

/** Writes what quietHoursOf reads. */
export const quietHoursText = ({ from, until }: QuietHours): string => `${clock(from, '')}-${clock(until, '')}`;

/** A time of the day as an input has it: 22:00. */
export function clock(minute: number, between = ':'): string {
  const two = (number: number) => String(number).padStart(2, '0');
  return two(Math.floor(minute / 60)) + between + two(minute % 60);
}

/** The minute of "22:00", undefined for anything else. */
export function minuteOf(text: string): number | undefined {
  const [, hour, minute] = /^(\d\d):(\d\d)/.exec(text) ?? [];
  return minute === undefined ? undefined : 60 * Number(hour) + Number(minute);
}

export function isQuiet(quiet: QuietHours | undefined, at: Date): boolean {
  if (!quiet) return false;
  const now = 60 * at.getHours() + at.getMinutes();
  return quiet.from < quiet.until ? now >= quiet.from && now < quiet.until : now >= quiet.from || now < quiet.until;
}

/** Whether what was written in a chat may be shown outside of the app. */
export function showsText({ previews }: NotificationChoice, chat: Pick<Chat, 'preview'>): boolean {
  return previews === 'on' || (previews === 'chosen' && chat.preview);
}
