import { describe, expect, it } from 'vitest';
import { errorText, pickLanguage, t } from '.';
import { countdown, dayName, durationWords, listTime, pastTime } from './format';

const now = new Date(2026, 4, 20, 15, 30).getTime();
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

describe('t', () => {
  it('fills in and counts', () => {
    expect(t('chats.draft', { text: 'hi' })).toBe('Draft: hi');
    expect(t('chats.unread', { count: 1 })).toBe('1 unread message');
    expect(t('chats.unread', { count: 3 })).toBe('3 unread messages');
  });

  it('leaves braces in what is filled in alone', () => {
    expect(t('chats.draft', { text: '{text} {name}' })).toBe('Draft: {text} {name}');
  });

  it('takes the first language it has', () => {
    expect(pickLanguage(['xx-YY', 'en-GB'])).toBe('en');
    expect(pickLanguage([])).toBe('en');
  });

  it('knows no sentence for unknown codes', () => expect(errorText('nothing')).toBeUndefined());
});

describe('times', () => {
  it.each([
    [now - 2 * hour, 'Today'],
    [now - 20 * hour, 'Yesterday'],
    [now - 3 * day, 'Sunday'],
    [now - 30 * day, 'Monday 20 April'],
  ])('names the day of %i', (at, name) => {
    expect(dayName(at, now).replace(',', '').split(' ').sort()).toEqual(name.split(' ').sort());
  });

  it('says when something was', () => {
    expect(pastTime(now - 5000, now)).toBe('just now');
    expect(pastTime(now - hour, now)).toMatch(/^today at /);
    expect(pastTime(now - day, now)).toMatch(/^yesterday at /);
    expect(pastTime(now - 10 * day, now)).toContain('May');
    expect(listTime(now - 26 * hour, now)).toBe('Yesterday');
    expect(listTime(now - 800 * day, now)).toMatch(/24/);
  });

  it.each([
    [2 * day, '2 days'],
    [-2 * day + minute, '2 days'],
    [3 * hour, '3 hours'],
    [90_000, '2 minutes'],
    [400, '1 second'],
  ])('says %i as %s (M29)', (length, words) => expect(durationWords(length)).toBe(words));

  it('counts down to zero and no further', () => {
    expect(countdown(61_000)).toBe('1:01');
    expect(countdown(-5)).toBe('0:00');
  });
});
