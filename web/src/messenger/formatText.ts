import { linkify, plainLine } from './linkify';

/** Light formatting of messages: what is written as *bold*, _italic_, ~strike~, `code`, blocks, quotes and lists. */
export type Style = 'bold' | 'italic' | 'strike';
export type Inline = { text: string; href?: string; code?: boolean; mention?: boolean } | { style: Style; parts: Inline[] };
export type Block =
  | { type: 'text'; parts: Inline[] }
  | { type: 'quote'; parts: Inline[] }
  | { type: 'list'; items: Inline[][] }
  | { type: 'code'; text: string };

const styles: Record<string, Style> = { '*': 'bold', _: 'italic', '~': 'strike' };
const deepest = 4;
/** A mark is closed within so many characters, so that a long text of marks takes no time. */
const farthest = 2000;
const wordCharacter = /[\p{L}\p{N}]/u;

/** Nothing in the text is formatted, linked or mentions anybody: most texts, for which nothing needs to be taken apart. */
export const isPlain = (text: string): boolean => !/[*_~`@]|\/\/|www\.|^[>•-] /im.test(text);

/** The text as blocks. It is never read as HTML; what is not closed stays as it was written. */
export function formatText(text: string, mentions: string[] = []): Block[] {
  const blocks: Block[] = [];
  const pieces = text.split('```');
  for (const [index, piece] of pieces.entries()) {
    if (index % 2 === 1 && index < pieces.length - 1 && piece.trim()) blocks.push({ type: 'code', text: piece.replace(/^\n|\n$/g, '') });
    else blocks.push(...lines(index % 2 === 1 ? `\`\`\`${piece}${index < pieces.length - 1 ? '```' : ''}` : trimAround(piece, index, pieces.length), mentions));
  }
  return blocks;
}

/** Line ends around a block of code belong to the block. */
function trimAround(piece: string, index: number, count: number): string {
  const start = index > 0 ? piece.replace(/^\n/, '') : piece;
  return index < count - 1 ? start.replace(/\n$/, '') : start;
}

type LineType = 'text' | 'quote' | 'list';

function lines(text: string, mentions: string[]): Block[] {
  if (!text) return [];
  const groups: { type: LineType; lines: string[] }[] = [];
  for (const line of text.split('\n')) {
    const found = /^(>|[-•]) (.*\S.*)$/.exec(line);
    const type: LineType = found ? (found[1] === '>' ? 'quote' : 'list') : 'text';
    const last = groups.at(-1);
    const kept = found?.[2] ?? line;
    if (last?.type === type) last.lines.push(kept);
    else groups.push({ type, lines: [kept] });
  }
  return groups.map(({ type, lines: all }) =>
    type === 'list'
      ? { type, items: all.map((line) => inline(line, mentions)) }
      : { type, parts: inline(all.join('\n'), mentions) },
  );
}

function inline(text: string, mentions: string[], depth = 0): Inline[] {
  return linkify(text).flatMap((part): Inline[] => (part.href ? [part] : marked(part.text, mentions, depth)));
}

function marked(text: string, mentions: string[], depth: number): Inline[] {
  const parts: Inline[] = [];
  let plain = '';
  const flush = () => {
    if (plain) parts.push({ text: plain });
    plain = '';
  };
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? '';
    const name = character === '@' ? mentions.find((mention) => text.startsWith(mention, i + 1)) : undefined;
    const style = styles[character];
    const end = (style || character === '`') && depth < deepest ? closing(text, i) : -1;
    if (name) {
      flush();
      parts.push({ text: `@${name}`, mention: true });
      i += name.length;
    } else if (end > 0) {
      flush();
      const inner = text.slice(i + 1, end);
      parts.push(style ? { style, parts: inline(inner, mentions, depth + 1) } : { text: inner, code: true });
      i = end;
    } else plain += character;
  }
  flush();
  return parts;
}

/** Where the mark at `start` is closed: at the end of a word of the same line. */
function closing(text: string, start: number): number {
  const mark = text[start] ?? '';
  if (wordCharacter.test(text[start - 1] ?? '') || /^\s?$/.test(text[start + 1] ?? '') || text[start + 1] === mark) return -1;
  const limit = Math.min(text.length, start + farthest);
  for (let i = start + 2; i < limit; i++) {
    if (text[i] === '\n') return -1;
    if (text[i] === mark && !/\s/.test(text[i - 1] ?? '') && !wordCharacter.test(text[i + 1] ?? '')) return i;
  }
  return -1;
}

const inlineText = (parts: Inline[]): string => parts.map((part) => ('style' in part ? inlineText(part.parts) : part.text)).join('');

/** The text in one line without its marks, for lists. */
export function plainText(text: string): string {
  const blocks = formatText(text.slice(0, 500)).map((block) => {
    if (block.type === 'code') return block.text;
    return block.type === 'list' ? block.items.map((item) => `• ${inlineText(item)}`).join(' ') : inlineText(block.parts);
  });
  return plainLine(blocks.join(' '));
}
