// Chats as pages to be read without the app (M56). They run nothing and load nothing from outside; internal/transcript
// does the same for the command line, and shares the style.
import style from '../../../../internal/transcript/style.css?raw';

/** How a file is shown. */
export type FileKind = 'picture' | 'video' | 'sound' | 'document';

export interface Line {
  at: number;
  /** Who wrote it; absent for what the app told. */
  sender?: string;
  mine: boolean;
  text: string;
  /** The beginning of the message that it answers. */
  quote?: string;
  /** What was done to it: edited, reactions, answers to a poll. */
  marks: string[];
  file?: { name: string; path?: string; kind: FileKind; note: string };
}

export interface Head {
  title: string;
  about: string;
  lang: string;
  dir: 'ltr' | 'rtl';
}

/** A chat in one format, a piece at a time. */
export interface Page {
  begin(): string;
  line(line: Line): string;
  end(): string;
}

const policy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:; media-src 'self' file:; base-uri 'none'; form-action 'none'";

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };

export function escaped(text: string): string {
  // NUL is no character of HTML.
  return text.replace(/[&<>"']/g, (c) => entities[c] ?? c).replaceAll('\0', '\ufffd');
}

/** A path in an address, each part of it escaped. */
const address = (path: string): string => escaped(path.split('/').map(encodeURIComponent).join('/'));

const two = (n: number): string => String(n).padStart(2, '0');

/** The day and the time by this device's clock, the same in every language so that programs can read them. */
export function stamp(at: number): { day: string; time: string } {
  const date = new Date(at);
  return {
    day: `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
    time: `${two(date.getHours())}:${two(date.getMinutes())}`,
  };
}

export class HtmlPage implements Page {
  #day = '';

  constructor(private readonly head: Head) {}

  begin(): string {
    const { about, lang, dir } = this.head;
    const title = escaped(this.head.title);
    return `<!doctype html>
<html lang="${escaped(lang)}" dir="${dir}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
${style}</style>
</head>
<body>
<header>
<h1 dir="auto">${title}</h1>
<p>${escaped(about)}</p>
</header>
<main>
`;
  }

  line({ at, sender, mine, text, quote, marks, file }: Line): string {
    const { day, time } = stamp(at);
    const parts: string[] = [];
    if (day !== this.#day) parts.push(`<h2>${day}</h2>`);
    this.#day = day;
    parts.push(`<article class="${sender === undefined ? 'told' : mine ? 'mine' : 'theirs'}">`);
    if (sender !== undefined) parts.push(`<b dir="auto">${escaped(sender)}</b>`);
    if (quote) parts.push(`<blockquote dir="auto">${escaped(quote)}</blockquote>`);
    if (file) parts.push(`<p class="file" dir="auto">${fileHtml(file)} <small>${escaped(file.note)}</small></p>`);
    if (text) parts.push(`<p dir="auto">${escaped(text)}</p>`);
    for (const mark of marks) parts.push(`<small dir="auto">${escaped(mark)}</small>`);
    parts.push(`<time datetime="${new Date(at).toISOString()}">${time}</time>`, '</article>\n');
    return parts.join('\n');
  }

  end(): string {
    return '</main>\n</body>\n</html>\n';
  }
}

/** Endings of files in which a browser that opens one runs nothing of it. */
const openable = /\.(7z|aac|csv|docx?|flac|gif|gz|ics|jpe?g|m4a|md|mov|mp[34]|od[pst]|og[ag]|opus|pdf|png|pptx?|rtf|tar|txt|vcf|wav|web[amp]|xlsx?|zip)$/i;

function fileHtml({ name, path, kind }: NonNullable<Line['file']>): string {
  if (!path || !openable.test(path)) return escaped(path ?? name);
  const href = address(path);
  if (kind === 'picture') return `<a href="${href}"><img src="${href}" alt="${escaped(name)}" loading="lazy"></a>`;
  if (kind === 'video') return `<video src="${href}" controls preload="none"></video>`;
  if (kind === 'sound') return `<audio src="${href}" controls preload="none"></audio>`;
  return `<a href="${href}">${escaped(name)}</a>`;
}

/** Text without what could turn the direction of writing around or move a cursor. */
const clean = (text: string): string => text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, ' ');
const oneLine = (text: string): string => clean(text).replaceAll('\n', ' ');

export class TextPage implements Page {
  constructor(private readonly head: Head) {}

  begin(): string {
    return `${oneLine(this.head.title)}\n${oneLine(this.head.about)}\n\n`;
  }

  line({ at, sender, text, quote, marks, file }: Line): string {
    const { day, time } = stamp(at);
    const parts: string[] = [];
    if (quote) parts.push(`> ${oneLine(quote)}`);
    if (file) parts.push(`<${oneLine(`${file.path ?? file.name} ${file.note}`)}>`);
    if (text) parts.push(clean(text));
    for (const mark of marks) parts.push(`(${oneLine(mark)})`);
    // Indented, a message cannot pretend to be several, by other people.
    return `[${day} ${time}] ${sender === undefined ? '' : `${oneLine(sender)}: `}${parts.join('\n').replaceAll('\n', '\n    ')}\n`;
  }

  end(): string {
    return '';
  }
}

/** A page that leads to others. */
export function indexPage(head: Head, entries: { title: string; path: string; about: string }[]): string {
  const page = new HtmlPage(head);
  const links = entries.map(({ title, path, about }) => `<li><a href="${address(path)}" dir="auto">${escaped(title)}</a> <small>${escaped(about)}</small></li>`);
  return `${page.begin()}<ul>\n${links.join('\n')}\n</ul>\n${page.end()}`;
}

/** A name that is one on every system: nothing that leads elsewhere, is not seen, or turns the writing around. */
export function fileName(text: string): string {
  const name = text
    .replace(/[\p{Cc}\p{Cf}<>:"/\\|?*#%]/gu, '_')
    .replace(/\s/g, ' ')
    .replace(/^[ .]+|[ .]+$/g, '');
  const ending = /.(\.[^.]{1,9})$/.exec(name)?.[1] ?? '';
  const stem = name.slice(0, name.length - ending.length);
  return Array.from(stem).slice(0, 60).join('').replace(/[ .]+$/, '') + ending;
}
