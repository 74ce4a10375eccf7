/** A card of a file: a name, and its numbers that are whole: "+" and digits. */
export interface Card {
  name: string;
  phones: string[];
}

/** Bounds of a file; names are cut. The same as internal/vcard. */
export const largestFile = 32 * 1024 * 1024;
const mostCards = 20_000;
const longestName = 64;
const longestLine = 4096;

/** Reads vCards (3.0, 4.0). What is malformed is skipped; cards without a whole number are left out. */
export function readCards(text: string): Card[] {
  const cards: Card[] = [];
  let card: Card | undefined;
  for (const line of unfolded(text)) {
    const found = property(line);
    if (!found) continue;
    const [name, value] = found;
    if (name === 'BEGIN' && /^vcard$/i.test(value)) {
      card = { name: '', phones: [] };
    } else if (name === 'END' && card) {
      if (card.phones.length > 0 && cards.length < mostCards) cards.push(card);
      card = undefined;
    } else if (name === 'FN' && card) {
      card.name ||= clean(unescaped(value));
    } else if (name === 'TEL' && card && card.phones.length < 20) {
      const phone = wholeNumber(unescaped(value));
      if (phone && !card.phones.includes(phone)) card.phones.push(phone);
    }
  }
  return cards;
}

/** Lines, those that were folded joined; of one that is too long, its beginning. */
function* unfolded(text: string): Generator<string> {
  let line: string | undefined;
  for (const { 0: part } of text.matchAll(/[^\r\n]+/g)) {
    if (line !== undefined && /^[ \t]/.test(part)) {
      if (line.length < longestLine) line += part.slice(1);
      continue;
    }
    if (line !== undefined) yield line.slice(0, longestLine);
    line = part;
  }
  if (line !== undefined) yield line.slice(0, longestLine);
}

/** The name of a property, without its group and parameters, and its value. */
function property(line: string): [string, string] | undefined {
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    if (line[i] === '"') quoted = !quoted;
    if (line[i] !== ':' || quoted) continue;
    const [head = ''] = line.slice(0, i).split(';', 1);
    return [head.slice(head.lastIndexOf('.') + 1).trim().toUpperCase(), line.slice(i + 1).trim()];
  }
  return undefined;
}

const unescaped = (value: string) => value.replace(/\\([\\nN,;:])/g, (_, c: string) => (c === 'n' || c === 'N' ? ' ' : c));

/** One line without what is not seen or turns the direction of writing around. */
function clean(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, '').replace(/\s+/g, ' ').trim();
  return Array.from(line).slice(0, longestName).join('').trim();
}

/** A number with "+" or 00 and the country code; undefined for any other. */
function wholeNumber(text: string): string | undefined {
  const digits = text.replace(/^tel:/i, '').split(';', 1)[0]?.replace('(0)', '').replace(/[\s().\-/]/g, '').replace(/^00/, '+') ?? '';
  return /^\+[1-9]\d{5,14}$/.test(digits) ? digits : undefined;
}

/** Writes cards of version 4.0. */
export function writeCards(people: { name: string; phone: string }[]): string {
  const escaped = (text: string) => text.replace(/[\\,;]/g, '\\$&').replace(/\n/g, '\\n');
  const lines = people.flatMap(({ name, phone }) => [
    'BEGIN:VCARD', 'VERSION:4.0', `FN:${escaped(clean(name) || phone)}`, `TEL;VALUE=uri;TYPE=cell:tel:${phone}`, 'END:VCARD',
  ]);
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

/** Lines have at most 75 bytes; those that follow begin with a space. */
function folded(line: string): string {
  const size = (text: string) => new TextEncoder().encode(text).length;
  let out = '';
  let length = 0;
  for (const character of line) {
    if (length + size(character) > 75) {
      out += '\r\n ';
      length = 1;
    }
    out += character;
    length += size(character);
  }
  return out;
}
