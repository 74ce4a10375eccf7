/** A piece of a message: plain text, or a link with the address it leads to. */
export interface TextPart {
  text: string;
  href?: string;
}

const address = /\b(?:https?:\/\/|www\.)[^\s<>"'`]+/gi;
const trailing = /[.,;:!?…'"»”’\]]+$/;

/** Splits a text at its web addresses. Only http and https become links; nothing is ever read as HTML. */
export function linkify(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(address)) {
    const shown = trimAddress(match[0]);
    const href = hrefOf(shown);
    if (!href) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: shown, href });
    end = match.index + shown.length;
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

function hrefOf(shown: string): string | undefined {
  try {
    const url = new URL(/^www\./i.test(shown) ? `https://${shown}` : shown);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : undefined;
  } catch {
    return undefined;
  }
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

const pictograph = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[\d#*]\ufe0f?\u20e3)/u;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The text is one to three emoji and nothing else: shown large. */
export function isJumbo(text: string): boolean {
  if (text.length > 60) return false;
  const shown = [...graphemes.segment(text.replace(/\s/g, ''))].map((part) => part.segment);
  return shown.length > 0 && shown.length <= 3 && shown.every((grapheme) => pictograph.test(grapheme));
}
