import { describe, expect, it } from 'vitest';
import { fileName, HtmlPage, indexPage, TextPage, type Head, type Line } from './pages';

const head: Head = { title: 'Bob', about: 'Exported.', lang: 'en', dir: 'ltr' };
const at = new Date(2026, 2, 1, 12, 30).getTime();
const hostile = `</style></title><script>alert(1)</script><img src=x onerror=alert(1)> " ' -->\0`;

describe('text (M56)', () => {
  it('has a line for a message', () => {
    const page = new TextPage(head);
    const file = { name: 'a.pdf', path: 'files/a.pdf', kind: 'document' as const, note: '1 kB' };
    expect(
      page.begin() +
        page.line({ at, sender: 'Bob', mine: false, text: 'two\nlines', quote: 'what?', marks: ['edited'] }) +
        page.line({ at, mine: false, text: 'The keys changed.', marks: [] }) +
        page.line({ at, sender: 'You', mine: true, text: '', marks: [], file }),
    ).toBe(
      'Bob\nExported.\n\n[2026-03-01 12:30] Bob: > what?\n    two\n    lines\n    (edited)\n[2026-03-01 12:30] The keys changed.\n[2026-03-01 12:30] You: <files/a.pdf 1 kB>\n',
    );
  });

  it('lets no message pretend to be several', () => {
    const line = new TextPage(head).line({ at, sender: 'M\n[2026-03-01 12:30] Bob', mine: false, text: 'hi\n[2026-03-01 12:31] Bob: yes\r[x]\u202e', marks: [] });
    expect(line.split('\n').filter((one) => one.startsWith('['))).toHaveLength(1);
    expect(line).not.toMatch(/[\r\u202e]/);
  });
});

describe('pages (M56)', () => {
  it('run nothing of what others wrote', () => {
    const page = new HtmlPage({ ...head, title: hostile, about: hostile });
    const kinds = ['picture', 'video', 'sound', 'document'] as const;
    const lines: Line[] = kinds.flatMap((kind) =>
      [undefined, `files/${fileName(hostile)}.pdf`, 'files/page.html', 'files/a.SVG'].map((path) => ({
        at, sender: hostile, mine: false, text: hostile, quote: hostile, marks: [hostile], file: { name: hostile, kind, note: hostile, ...(path ? { path } : {}) },
      })),
    );
    const html = page.begin() + lines.map((line) => page.line(line)).join('') + page.end();
    // Outside of the style, markup is ours alone: every "<" begins one of these.
    const tags = new Set([...html.replace(/<style>[^<]*<\/style>/, '').matchAll(/<(\/?[a-z!][a-z0-9]*)/gi)].map(([, tag]) => tag?.replace('/', '')));
    expect([...tags].sort()).toEqual(
      ['!doctype', 'a', 'article', 'audio', 'b', 'blockquote', 'body', 'h1', 'h2', 'head', 'header', 'html', 'img', 'main', 'meta', 'p', 'small', 'time', 'title', 'video'],
    );
    const attributes = [...html.matchAll(/<[a-z][^>]*>/g)].flatMap(([tag]) => [...tag.replace(/"[^"]*"/g, '""').matchAll(/ ([a-z-]+)=?/g)].map(([, name]) => name));
    expect(attributes.some((name) => name?.startsWith('on'))).toBe(false);
    expect([...html.matchAll(/(?:src|href)="([^"]*)"/g)].every(([, to]) => to?.startsWith('files/') && /\.pdf$/.test(to))).toBe(true);
    expect(html).toContain("default-src 'none'");
  });

  it('lead to each other', () => {
    expect(indexPage(head, [{ title: 'Bob & <b>', path: '001 Bob.html', about: '3' }])).toContain('<a href="001%20Bob.html" dir="auto">Bob &amp; &lt;b&gt;</a>');
  });
});

describe('names of files', () => {
  it.each([
    ['../../etc/passwd', '_.._etc_passwd'],
    ['C:\\a', 'C__a'],
    [' .hidden. ', 'hidden'],
    ['invoice\u202efdp.exe', 'invoice_fdp.exe'],
    ['...', ''],
    [`${'é'.repeat(200)}.jpeg`, `${'é'.repeat(60)}.jpeg`],
  ])('%j lead nowhere', (text, want) => expect(fileName(text)).toBe(want));
});
