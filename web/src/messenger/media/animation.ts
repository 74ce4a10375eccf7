/** Pictures that move (GIF, and animated WebP and PNG): taken apart, and written anew without what is not picture. */

/** A moving picture as it is sent. */
export interface Animation {
  bytes: Uint8Array<ArrayBuffer>;
  frames: number;
}

/** More of either is sent as a file: a bubble is no cinema. */
export const longestAnimation = 16 * 1024 * 1024;
const mostFrames = 2000;

/** Takes a picture apart; undefined for one that does not move, and for what is malformed or has too many frames. */
export function animationOf(type: string, bytes: Uint8Array<ArrayBuffer>): Animation | undefined {
  const found = takenApart(type, bytes);
  return found && found.frames > 1 && found.frames <= mostFrames ? found : undefined;
}

/** As animationOf, of a picture that may stand still. */
export function takenApart(type: string, bytes: Uint8Array<ArrayBuffer>): Animation | undefined {
  try {
    return type === 'image/gif' ? gif(bytes) : type === 'image/webp' ? webp(bytes) : type === 'image/png' ? png(bytes) : undefined;
  } catch {
    return undefined;
  }
}

/** Reads on; beyond the end is an error. */
class Reader {
  at = 0;
  readonly #kept: Uint8Array<ArrayBuffer>[] = [];

  constructor(readonly bytes: Uint8Array<ArrayBuffer>) {}

  byte(): number {
    return this.take(1)[0] ?? 0;
  }

  take(length: number): Uint8Array<ArrayBuffer> {
    if (this.at + length > this.bytes.length) throw new Error('it ends too soon');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  text(length: number): string {
    return String.fromCharCode(...this.take(length));
  }

  /** Keeps what was read since a place, or bytes. */
  keep(from: number | Uint8Array<ArrayBuffer>): void {
    this.#kept.push(typeof from === 'number' ? this.bytes.subarray(from, this.at) : from);
  }

  written(): Uint8Array<ArrayBuffer> {
    return joined(...this.#kept);
  }
}

/** GIF89a: comments, texts and what programs leave behind go; loops and times stay. */
function gif(bytes: Uint8Array<ArrayBuffer>): Animation {
  const r = new Reader(bytes);
  const table = (flags: number) => r.take(flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
  const blocks = () => {
    for (let length = r.byte(); length > 0; length = r.byte()) r.take(length);
  };
  if (!/^GIF8[79]a$/.test(r.text(6))) throw new Error('no GIF');
  table(r.take(7)[4] ?? 0);
  r.keep(0);
  for (let frames = 0; ; ) {
    const from = r.at;
    const kind = r.byte();
    if (kind === 0x3b) {
      r.keep(from);
      return { bytes: r.written(), frames };
    }
    if (kind === 0x2c) {
      table(r.take(9)[8] ?? 0);
      r.take(1);
      blocks();
      r.keep(from);
      frames++;
      continue;
    }
    if (kind !== 0x21) throw new Error('no GIF');
    const label = r.byte();
    const program = label === 0xff ? String.fromCharCode(...bytes.subarray(r.at + 1, r.at + 12)) : '';
    blocks();
    if (label === 0xf9 || program === 'NETSCAPE2.0' || program === 'ANIMEXTS1.0') r.keep(from);
  }
}

const pngParts = /^(IHDR|PLTE|IDAT|IEND|tRNS|gAMA|cHRM|sRGB|sBIT|bKGD|pHYs|acTL|fcTL|fdAT)$/;

function png(bytes: Uint8Array<ArrayBuffer>): Animation {
  const r = new Reader(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (r.text(8) !== '\x89PNG\r\n\x1a\n') throw new Error('no PNG');
  r.keep(0);
  for (let frames = 0; ; ) {
    const from = r.at;
    r.take(4);
    const name = r.text(4);
    r.take(view.getUint32(from) + 4);
    if (name === 'fcTL') frames++;
    if (pngParts.test(name)) r.keep(from);
    if (name === 'IEND') return { bytes: r.written(), frames };
  }
}

/** Flags of VP8X: of a colour profile, Exif and XMP. */
const metadata = 0x20 | 0x08 | 0x04;

function webp(bytes: Uint8Array<ArrayBuffer>): Animation {
  const r = new Reader(bytes);
  if (r.text(4) !== 'RIFF') throw new Error('no WebP');
  r.take(4);
  const inside = r.take(new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true));
  if (String.fromCharCode(...inside.subarray(0, 4)) !== 'WEBP') throw new Error('no WebP');
  let frames = 0;
  const body = riff(inside.subarray(4), (name, data) => {
    if (name === 'VP8X') return Uint8Array.from(data, (byte, i) => (i === 0 ? byte & ~metadata : byte));
    if (name === 'ANMF') {
      frames++;
      const frame = riff(data.subarray(16), (part, picture) => (/^(ALPH|VP8 |VP8L)$/.test(part) ? picture : undefined));
      return joined(data.subarray(0, 16), frame);
    }
    return /^(ANIM|ALPH|VP8 |VP8L)$/.test(name) ? data : undefined;
  });
  return { bytes: part('RIFF', joined(new TextEncoder().encode('WEBP'), body)), frames };
}

/** Writes parts of a RIFF file anew, as `change` gives them. */
function riff(bytes: Uint8Array<ArrayBuffer>, change: (name: string, data: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> | undefined): Uint8Array<ArrayBuffer> {
  const r = new Reader(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  while (r.at + 8 <= bytes.length) {
    const name = r.text(4);
    r.take(4);
    const length = view.getUint32(r.at - 4, true);
    const changed = change(name, r.take(length));
    r.at += length & 1;
    if (changed) parts.push(part(name, changed));
  }
  return joined(...parts);
}

function part(name: string, data: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(8);
  head.set(new TextEncoder().encode(name));
  new DataView(head.buffer).setUint32(4, data.length, true);
  return joined(head, data, new Uint8Array(data.length & 1));
}

function joined(...parts: Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const one of parts) {
    all.set(one, at);
    at += one.length;
  }
  return all;
}
