/** Times, days and durations in words. All times are Unix milliseconds; `now` comes in so that tests can choose it. */
import { language, t } from '.';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const styles = {
  clockTime: { timeStyle: 'short' },
  weekday: { weekday: 'long' },
  shortDate: { day: 'numeric', month: 'short' },
  longDate: { weekday: 'long', day: 'numeric', month: 'long' },
  yearDate: { day: 'numeric', month: 'long', year: 'numeric' },
  numericDate: { day: '2-digit', month: '2-digit', year: '2-digit' },
  fullDate: { dateStyle: 'full', timeStyle: 'short' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

type Style = keyof typeof styles;

// Making one takes longer than using it, and a list of chats uses hundreds.
const made = new Map<string, Intl.DateTimeFormat>();

function format(style: Style, at: number): string {
  const { locale } = language.used;
  const key = `${locale} ${style}`;
  let formatter = made.get(key);
  if (!formatter) made.set(key, (formatter = new Intl.DateTimeFormat(locale, styles[style])));
  return formatter.format(at);
}

/** 20,000 */
export function number(count: number): string {
  return count.toLocaleString(language.used.locale);
}

/** 14:32 */
export function timeOfDay(at: number): string {
  return format('clockTime', at);
}

/** The whole date and time, for tooltips. */
export function fullTime(at: number): string {
  return format('fullDate', at);
}

/** A day that can be compared: local days since an arbitrary start. */
export function dayNumber(at: number): number {
  const date = new Date(at);
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / day);
}

/** Today, Yesterday, a weekday, or a date: the separator between the days of a chat. */
export function dayName(at: number, now: number): string {
  const ago = dayNumber(now) - dayNumber(at);
  if (ago === 0) return t('time.today');
  if (ago === 1) return t('time.yesterday');
  if (ago > 1 && ago < 7) return format('weekday', at);
  return sameYear(at, now) ? format('longDate', at) : format('yearDate', at);
}

/** The short time in the chat list: a time today, a weekday this week, else a date. */
export function listTime(at: number, now: number): string {
  const ago = dayNumber(now) - dayNumber(at);
  if (ago <= 0) return format('clockTime', at);
  if (ago === 1) return t('time.yesterday');
  if (ago < 7) return format('weekday', at);
  return sameYear(at, now) ? format('shortDate', at) : format('numericDate', at);
}

/** “just now”, “today at 14:32”, “3 May at 09:10”: for last seen and last active. */
export function pastTime(at: number, now: number): string {
  if (now - at < minute) return t('time.now');
  const ago = dayNumber(now) - dayNumber(at);
  const time = format('clockTime', at);
  if (ago <= 0) return t('time.todayAt', { time });
  if (ago === 1) return t('time.yesterdayAt', { time });
  const date = sameYear(at, now) ? format('shortDate', at) : format('yearDate', at);
  return t('time.dateAt', { date, time });
}

/** A length of time in its largest unit: “2 days”, “3 hours”. Never less than a second. */
export function durationWords(length: number): string {
  const ms = Math.abs(length);
  if (ms >= 1.5 * day) return t('time.days', { count: Math.round(ms / day) });
  if (ms >= 1.5 * hour) return t('time.hours', { count: Math.round(ms / hour) });
  if (ms >= 1.5 * minute) return t('time.minutes', { count: Math.round(ms / minute) });
  return t('time.seconds', { count: Math.max(1, Math.ceil(ms / second)) });
}

/** 1:05, for countdowns. Never negative. */
export function countdown(left: number): string {
  const seconds = Math.max(0, Math.ceil(left / second));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function sameYear(a: number, b: number): boolean {
  return new Date(a).getFullYear() === new Date(b).getFullYear();
}
