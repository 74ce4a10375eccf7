import { describe, expect, it } from 'vitest';
import type { Message } from '../core/api.gen';
import { browserOf, guessDeviceName } from './deviceName';
import { emojiFrom, findEmoji } from './emojiData';
import { isJumbo, linkify } from './linkify';
import { formatPhone, normalizePhone, phoneFault } from './phone';
import { problemText } from './problemText';
import { quoteOf, quoteText, rowsOf } from './rows';

describe('linkify', () => {
  it.each([
    ['see https://example.org/a?b=c.', 'https://example.org/a?b=c'],
    ['(https://example.org/a_(b))', 'https://example.org/a_(b)'],
    ['www.example.org, please', 'www.example.org'],
    ['“https://example.org”', 'https://example.org'],
  ])('finds the address in %s', (text, shown) => {
    const parts = linkify(text);
    expect(parts.filter((part) => part.href).map((part) => part.text)).toEqual([shown]);
    expect(parts.map((part) => part.text).join('')).toBe(text);
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', '<a href="x">x</a>', 'file:///etc/passwd', 'http://'])(
    'makes no link of %s',
    (text) => expect(linkify(text).some((part) => part.href)).toBe(false),
  );
});

describe('isJumbo', () => {
  it.each(['👍', '🍰🎉', '👨‍👩‍👧 ❤️', '🇧🇪'])('enlarges %s', (text) => expect(isJumbo(text)).toBe(true));
  it.each(['', 'ok 👍', '👍👍👍👍', '123'])('leaves “%s” as it is', (text) => expect(isJumbo(text)).toBe(false));
});

describe('phone numbers', () => {
  it('are taken as people write them', () => {
    expect(normalizePhone('00 32 (470) 12-34.56')).toBe('+32470123456');
    expect(phoneFault('+32 470 12 34 56')).toBeUndefined();
    expect(phoneFault('0470 12 34 56')).toBe('format');
    expect(phoneFault('+32 4')).toBe('short');
    expect(phoneFault('+3247012345678901')).toBe('format');
  });

  it.each([
    ['+32470123456', '+32 470 12 34 56'],
    ['+12025550123', '+1 20 25 55 01 23'],
    ['+352621123456', '+352 621 12 34 56'],
    ['Bob', 'Bob'],
  ])('%s is shown as %s', (phone, shown) => expect(formatPhone(phone)).toBe(shown));
});

describe('problemText', () => {
  it('prefers the catalogue and falls back on what came with the problem', () => {
    expect(problemText({ code: 'primary_only', message: 'x' })).toBe('Only your primary phone can do this.');
    expect(problemText({ code: 'new_one', message: 'A new sentence.' })).toBe('A new sentence.');
    expect(problemText({ code: 'unknown', message: '' })).toContain('Try again');
  });

  it('tells the tries that are left and when to try again', () => {
    expect(problemText({ code: 'code_wrong', message: '', triesLeft: 1 })).toContain('One try is left');
    expect(problemText({ code: 'rate_limited', message: '', retryAfterMs: 120_000 })).toContain('in 2 minutes');
  });
});

describe('rowsOf', () => {
  const at = (day: number, hour: number) => new Date(2026, 4, day, hour).getTime();
  const message = (id: string, sentAt: number, mine = false): Message => ({
    id, chatId: 'c', order: 1, kind: 'text', mine, text: id, sentAt, status: 'sent',
  });

  it('separates days, marks the start and the first new message', () => {
    const rows = rowsOf([message('a', at(1, 9)), message('b', at(2, 9)), message('c', at(2, 10))], 'c', true);
    expect(rows.map((row) => row.key)).toEqual(['start', 'day-a', 'a', 'day-b', 'b', 'new', 'c']);
  });

  it('groups what one person wrote within five minutes', () => {
    const rows = rowsOf([message('a', at(1, 9)), message('b', at(1, 9) + 60_000), message('c', at(1, 9) + 61_000, true)], undefined, false);
    const groups = rows.flatMap((row) => (row.type === 'message' ? [[row.key, row.first, row.last]] : []));
    expect(groups).toEqual([['a', true, false], ['b', false, true], ['c', true, true]]);
  });

  it('keeps the rows that did not change, and no others', () => {
    const [a, b, c] = [message('a', at(1, 9)), message('b', at(1, 9) + 60_000), message('c', at(1, 9) + 61_000)];
    const before = rowsOf([a, b], undefined, false);
    const after = rowsOf([a, b, c], undefined, false, before);
    expect(after).toEqual(rowsOf([a, b, c], undefined, false));
    expect(after.map((row) => before.includes(row))).toEqual([true, true, false, false]); // b is not the last any more
    const edited = { ...a, text: 'other' };
    expect(rowsOf([edited, b, c], undefined, false, after)[1]).toMatchObject({ message: edited });
  });
});

describe('quotes', () => {
  const quote = { id: 'q', text: '' };
  it('say what a file without a caption is', () => {
    expect(quoteText({ ...quote, kind: 'media', media: 'photo' })).toBe('Photo');
    expect(quoteText({ ...quote, kind: 'once', media: 'voice' })).toBe('Voice message');
    expect(quoteText({ ...quote, media: 'sticker' })).toBe('Sticker'); // not on this device
    expect(quoteText({ ...quote, kind: 'media', media: 'photo', text: 'the *sea*' })).toBe('the sea');
  });
  it('from before are read as they were', () => {
    expect(quoteText({ ...quote, kind: 'media' })).toBe('Document');
    expect(quoteText(quote)).toBe('');
    expect(quoteText({ ...quote, kind: 'deleted' })).toBe('This message was deleted.');
  });
  it('are made with the kind of the file', () => {
    const media = { id: 'f', kind: 'video' as const, type: 'video/mp4', size: 1, state: 'local' as const };
    expect(quoteText(quoteOf({ id: 'm', chatId: 'c', order: 1, kind: 'media', text: '', mine: false, sentAt: 0, status: 'received', media }))).toBe('Video');
  });
});

describe('device names', () => {
  const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
  const safari = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1';
  it('are guessed from the browser', () => {
    expect(guessDeviceName(chrome)).toBe('Chrome on Linux');
    expect(guessDeviceName(safari)).toBe('Safari on iPhone');
    expect(browserOf(safari)).toBe('safari');
  });
});

describe('emoji', () => {
  const all = emojiFrom([
    { emoji: '🏻', annotation: 'light skin tone', group: 2, order: 0, version: 1 },
    { emoji: '🫩', annotation: 'face with bags', group: 0, order: 3, version: 16 },
    { emoji: '👋', annotation: 'waving hand', tags: ['hello', 'grin'], group: 1, order: 2, version: 1 },
    { emoji: '😀', annotation: 'grinning face', shortcodes: ['grinning_face'], group: 0, order: 1, version: 1 },
  ]);
  it('are in order, without parts and without what is too new', () => {
    expect(all.map(({ emoji }) => emoji)).toEqual(['😀', '👋']);
  });
  it('are found by the beginnings of their words', () => {
    expect(findEmoji(all, 'hell').map(({ emoji }) => emoji)).toEqual(['👋']);
    expect(findEmoji(all, 'face gri').map(({ emoji }) => emoji)).toEqual(['😀']);
    expect(findEmoji(all, 'rin')).toEqual([]);
  });
  it('come first when they are named so', () => {
    expect(findEmoji([...all].reverse(), 'grin').map(({ emoji }) => emoji)).toEqual(['😀', '👋']);
  });
});
