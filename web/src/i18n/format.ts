/** Times, days and durations in words. All times are Unix milliseconds; `now` comes in so that tests can choose it. */
import { locale, t } from '.';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const counts = new Intl.NumberFormat(locale);
const clockTime = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
const weekday = new Intl.DateTimeFormat(locale, { weekday: 'long' });
const shortDate = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
const longDate = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });
const yearDate = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' });
const numericDate = new Intl.DateTimeFormat(locale, { day: '2-digit', month: '2-digit', year: '2-digit' });
const fullDate = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'short' });

/** 20,000 */
export function number(count: number): string {
  return counts.format(count);
}

/** 14:32 */
export function timeOfDay(at: number): string {
  return clockTime.format(at);
}

/** The whole date and time, for tooltips. */
export function fullTime(at: number): string {
  return fullDate.format(at);
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
  if (ago > 1 && ago < 7) return weekday.format(at);
  return sameYear(at, now) ? longDate.format(at) : yearDate.format(at);
}

/** The short time in the chat list: a time today, a weekday this week, else a date. */
export function listTime(at: number, now: number): string {
  const ago = dayNumber(now) - dayNumber(at);
  if (ago <= 0) return clockTime.format(at);
  if (ago === 1) return t('time.yesterday');
  if (ago < 7) return weekday.format(at);
  return sameYear(at, now) ? shortDate.format(at) : numericDate.format(at);
}

/** “just now”, “today at 14:32”, “3 May at 09:10”: for last seen and last active. */
export function pastTime(at: number, now: number): string {
  if (now - at < minute) return t('time.now');
  const ago = dayNumber(now) - dayNumber(at);
  const time = clockTime.format(at);
  if (ago <= 0) return t('time.todayAt', { time });
  if (ago === 1) return t('time.yesterdayAt', { time });
  const date = sameYear(at, now) ? shortDate.format(at) : yearDate.format(at);
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
