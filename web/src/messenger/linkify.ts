/** A piece of a message: plain text, or a link with the address it leads to. */
export interface TextPart {
  text: string;
  href?: string;
}

const address = /\b(?:(?:https?:\/\/|www\.)[^\s<>"'`]+|(?:mailto:)?[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})/gi;
const trailing = /[.,;:!?…'"»”’\]*_~]+$/;
/** What turns the direction of a text around, or is not shown. */
// eslint-disable-next-line no-control-regex
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** A text for one line, without what would change how the rest of the line is shown. */
export const plainLine = (text: string): string => text.replace(unseen, '');

/** Splits a text at its web and mail addresses. Only http, https and mailto become links; nothing is ever read as HTML. */
export function linkify(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(address)) {
    const found = trimAddress(match[0]);
    const link = linkOf(found);
    if (!link) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push(link);
    end = match.index + found.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/** Punctuation and a closing bracket that was not opened inside belong to the sentence. */
function trimAddress(found: string): string {
  let shown = found.replace(trailing, '');
  while (shown.endsWith(')') && count(shown, ')') > count(shown, '(')) shown = shown.slice(0, -1).replace(trailing, '');
  return shown;
}

function linkOf(found: string): TextPart | undefined {
  if (/^mailto:|^[^/:]+@/i.test(found)) return { text: found, href: /^mailto:/i.test(found) ? found : `mailto:${found}` };
  try {
    const url = new URL(/^www\./i.test(found) ? `https://${found}` : found);
    // What stands before an @ would be taken for the host.
    if ((url.protocol !== 'http:' && url.protocol !== 'https:') || url.username || url.password) return undefined;
    const shown = plainLine(found);
    return { text: oneScript(hostOf(shown)) ? shown : shown.replace(hostOf(shown), url.host), href: url.href };
  } catch {
    return undefined;
  }
}

const hostOf = (shown: string): string => /^(?:https?:\/\/)?([^/?#]*)/i.exec(shown)?.[1] ?? '';

/** Letters of more than one script in a name can make it look like another one. */
function oneScript(host: string): boolean {
  const letters = host.replace(/[\p{Script=Common}\p{Script=Inherited}]/gu, '');
  if (/^[\p{Script=Latin}]*$/u.test(letters)) return true;
  return ['Cyrillic', 'Greek', 'Arabic', 'Hebrew', 'Han', 'Hangul', 'Devanagari', 'Thai', 'Armenian', 'Georgian'].some((script) =>
    new RegExp(`^\\p{Script=${script}}+$`, 'u').test(letters),
  );
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

const pictograph = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[\d#*]\ufe0f?\u20e3)/u;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The text is one to three emoji and nothing else: shown large. */
export function isJumbo(text: string): boolean {
  if (text.length > 60 || !pictograph.test(text.trimStart())) return false;
  const shown = [...graphemes.segment(text.replace(/\s/g, ''))].map((part) => part.segment);
  return shown.length > 0 && shown.length <= 3 && shown.every((grapheme) => pictograph.test(grapheme));
}
