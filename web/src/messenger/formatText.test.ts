import { describe, expect, it } from 'vitest';
import { formatText, isPlain, plainText, type Block, type Inline } from './formatText';
import { linkify } from './linkify';
import { matching, mentionsIn, queryAt } from './mentions';

/** What is shown, in a few words. */
const inline = (parts: Inline[]): string =>
  parts.map((part) => ('style' in part ? `<${part.style}>${inline(part.parts)}</>` : part.href ? `[${part.href}]` : part.code ? `\`${part.text}\`` : part.mention ? `{${part.text}}` : part.text)).join('');
const shown = (blocks: Block[]): string =>
  blocks.map((block) => (block.type === 'code' ? `code:${block.text}` : block.type === 'list' ? `list:${block.items.map(inline).join('|')}` : block.type === 'quote' ? `quote:${inline(block.parts)}` : inline(block.parts))).join('¶');

describe('formatText', () => {
  it.each([
    ['*bold* _it_ ~no~ `x`', '<bold>bold</> <italic>it</> <strike>no</> `x`'],
    ['*bold _both_*', '<bold>bold <italic>both</></>'],
    ['2 * 3 * 4, snake_case_name, a*b*c', '2 * 3 * 4, snake_case_name, a*b*c'],
    ['*open', '*open'],
    ['*two\nlines*', '*two\nlines*'],
    ['`*not bold*`', '`*not bold*`'],
    ['- one\n- two\n> said\nrest', 'list:one|two¶quote:said¶rest'],
    ['```\nlet x = "*y*";\n```', 'code:let x = "*y*";'],
    ['```never closed', '```never closed'],
    ['<b onclick=alert(1)>*x*</b>', '<b onclick=alert(1)><bold>x</></b>'],
    ['https://example.org/a_b_c*d*', '[https://example.org/a_b_c*d]*'],
  ])('of %s', (text, wanted) => expect(shown(formatText(text))).toBe(wanted));

  it('leaves alone what is plain, and takes nothing else for plain', () => {
    for (const text of ['See you at 8 – bring bread!', '2 - 3 > 1', 'a\nb']) {
      expect(isPlain(text)).toBe(true);
      expect(shown(formatText(text))).toBe(text);
    }
    for (const text of ['*b*', 'x\n- y', '> z', 'WWW.example.org', 'ftp or HTTPS://example.org', 'a@example.org', '```c```']) expect(isPlain(text)).toBe(false);
  });

  it('marks who is mentioned, the longest name first', () => {
    expect(shown(formatText('@Anna and @Ann, not @Anton', ['Anna', 'Ann']))).toBe('{@Anna} and {@Ann}, not @Anton');
  });

  it.each([
    ['marks without end', '*_~`'.repeat(12_000)],
    ['nested marks', '*a '.repeat(16_000)],
    ['a giant word', 'x'.repeat(48_000)],
    ['many addresses', 'http://a.b/ '.repeat(4000)],
    ['dots and @', 'a@a.'.repeat(12_000)],
    ['brackets', `http://a/${'('.repeat(20_000)}${')'.repeat(20_000)}`],
    ['turned around', '\u202e\u2066'.repeat(20_000)],
  ])('comes to an end with %s', (_name, text) => {
    expect(shown(formatText(text, Array.from({ length: 100 }, (_, i) => `name ${i}`))).length).toBeGreaterThan(text.length / 2);
  });

  it('leaves out of one line what would turn it around', () => {
    expect(plainText('a\u202eb\u2066c *d*')).toBe('abc d');
  });
});

describe('linkify of deceptive addresses', () => {
  it.each([
    ['https://bank.example@evil.example/', undefined],
    ['https://аррle.com/', 'xn--'],
    ['javascript:alert(1)//https://', undefined],
  ])('%s', (text, wanted) => {
    const links = linkify(text).filter((part) => part.href);
    if (!wanted) expect(links.filter(({ href }) => !href?.startsWith('mailto:'))).toEqual([]);
    else expect(links[0]?.text).toContain(wanted);
  });

  it('shows no letters that turn a link around', () => {
    expect(linkify('https://example.org/\u202egpj.exe').find((part) => part.href)?.text).not.toContain('\u202e');
  });
});

describe('mentions', () => {
  const members = [
    { accountId: 'own', name: 'Me', own: true }, { accountId: 'a', name: 'Ann' }, { accountId: 'b', name: 'Ann Peeters' },
    { accountId: 'c', name: 'Bob' }, { accountId: 'd', name: 'Bob' }, { accountId: 'e', phone: '+32470000009' },
  ];

  it.each([['Hi @an', 2, 'an'], ['(@', 5, ''], ['a@b', 0, undefined], ['@peet', 1, 'peet'], ['@x\ny', 0, undefined]])('are looked for in %s', (text, found, query) => {
    expect(queryAt(text, text.length)).toBe(query);
    if (query !== undefined) expect(matching(members, query)).toHaveLength(found);
  });

  it('are who stands in the text; of two with one name who was picked', () => {
    const ids = (text: string, picked = new Map<string, string>()) => mentionsIn(text, members, picked).map(({ accountId }) => accountId);
    expect(ids('@Ann Peeters and @Ann')).toEqual(['b', 'a']);
    expect(ids('@Ann Peeters')).toEqual(['b']);
    expect(ids('@Bob')).toEqual([]);
    expect(ids('@Bob', new Map([['Bob', 'd']]))).toEqual(['d']);
    expect(ids('call @+32470000009')).toEqual(['e']);
  });
});
