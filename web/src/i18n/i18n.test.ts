import { afterEach, describe, expect, it } from 'vitest';
import { errorText, language, t } from '.';
import { alertTexts } from './alerts';
import { appTexts } from './app';
import { english, type Catalogue, type Plural } from './catalogue';
import { exportTexts } from './export';
import { fr } from './fr';
import { pickLanguage } from './language.svelte';
import { nl } from './nl';
import { reportTexts } from './report';
import { platformErrors } from '../core/errors';
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
    expect(pickLanguage(['de', 'nl-BE', 'fr'])).toBe('nl');
    expect(pickLanguage(['FR-ca'])).toBe('fr');
    expect(pickLanguage([])).toBe('en');
  });

  it('knows no sentence for unknown codes', () => expect(errorText('nothing')).toBeUndefined());
});

/** The names in braces of a text, sorted. */
const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
const forms = (text: string | Plural): Plural => (typeof text === 'string' ? { other: text } : text);

describe.each([
  ['fr', fr],
  ['nl', nl],
])('%s (X12)', (code, { texts, errors }: Catalogue) => {
  const pairs = Object.entries(english.texts).map(([key, text]) => ({ key, text, own: texts[key as keyof typeof texts] as string | Plural | undefined }));

  it('has every text, and none that is not used any more', () => {
    expect(Object.keys(texts).sort()).toEqual(Object.keys(english.texts).sort());
    expect(pairs.filter(({ text, own }) => typeof text !== typeof own).map(({ key }) => key)).toEqual([]);
  });

  it('fills in the same names', () => {
    for (const { key, text, own } of pairs) {
      const wanted = names(forms(text).other);
      for (const [form, words] of Object.entries(forms(own ?? ''))) {
        // “One” need not show the number.
        const needed = form === 'other' ? wanted : wanted.filter((name) => name !== 'count' || words.includes('{count}'));
        expect({ key, names: names(words) }).toEqual({ key, names: needed });
      }
    }
  });

  it('has the plural forms that the language has', () => {
    const rules = new Intl.PluralRules(code).resolvedOptions().pluralCategories;
    const used = pairs.filter(({ own }) => typeof own === 'object').map(({ key, own }) => ({ key, forms: Object.keys(own as Plural) }));
    for (const { forms } of used) {
      expect(forms).toContain('one');
      expect(forms.filter((form) => !rules.includes(form as Intl.LDMLPluralRule))).toEqual([]);
    }
  });

  it('is translated: no sentence is still English', () => {
    const sentence = (text: string | Plural) => typeof text === 'string' && /[a-z]+ [a-z]+/i.test(text.replace(/\{\w+\}/g, ''));
    const same = pairs.filter(({ text, own }) => sentence(text) && text === own);
    expect(same.map(({ key }) => key)).toEqual([]);
    expect(Object.entries(errors).filter(([code, text]) => english.errors[code] === text)).toEqual([]);
  });
});

describe('errors', () => {
  it('have a sentence for the same codes in French and Dutch, and for all that English words itself', () => {
    expect(Object.keys(fr.errors).sort()).toEqual(Object.keys(nl.errors).sort());
    expect(Object.keys(english.errors).filter((code) => !(code in fr.errors))).toEqual([]);
    expect(Object.keys(platformErrors).filter((code) => !(code in fr.errors))).toEqual([]);
  });
});

describe('language', () => {
  afterEach(() => language.choose('en'));

  it('changes texts, plurals and dates when another one is chosen, and is remembered', async () => {
    const kept = new Map<string, string>();
    const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value), removeItem: (key: string) => kept.delete(key) };
    const root = { lang: '', dir: '' };
    await language.start(root, storage as unknown as Storage);
    await language.choose('fr');
    expect(root.lang).toBe('fr');
    expect(t('chats.title')).toBe('Discussions');
    // In French, zero is singular.
    expect(t('search.results', { count: 0 })).toBe('0 résultat');
    expect(dayName(now - 3 * day, now)).toBe('dimanche');
    await language.choose('nl');
    expect(t('search.results', { count: 0 })).toBe('0 resultaten');
    expect(errorText('code_wrong')).toBe(nl.errors['code_wrong']);
    const again = { lang: '', dir: '' };
    await language.start(again, storage as unknown as Storage);
    expect(again.lang).toBe('nl');
    await language.choose('system');
    expect(kept.size).toBe(0);
  });
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

describe.each([
  ['app', appTexts],
  ['export', exportTexts],
  ['report', reportTexts],
] as [string, Record<'en' | 'fr' | 'nl', Record<string, string>>][])('the texts of %s', (_, texts) => {
  it.each(['fr', 'nl'] as const)('are translated, with what is filled in: %s', (code) => {
    expect(Object.keys(texts[code]).sort()).toEqual(Object.keys(texts.en).sort());
    for (const [key, english] of Object.entries(texts.en)) {
      expect({ key, names: names(texts[code][key] ?? '') }).toEqual({ key, names: names(english) });
    }
  });
});

describe('the texts of notifications', () => {
  it.each(['fr', 'nl'] as const)('are translated, with what is filled in: %s', (code) => {
    const [own, english] = [alertTexts[code], alertTexts.en];
    expect(Object.keys(own).sort()).toEqual(Object.keys(english).sort());
    for (const key of Object.keys(english) as (keyof typeof english)[]) {
      expect({ key, names: names(own[key]) }).toEqual({ key, names: names(english[key]) });
      if (english[key].includes(' ')) expect(own[key]).not.toBe(english[key]);
    }
  });
});
