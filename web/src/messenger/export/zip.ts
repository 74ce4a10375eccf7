import { crc32 } from './crc32';

/** What a ZIP is written to, at places in any order, as FileSystemWritableFileStream is. */
export interface Sink {
  write(at: number, data: Uint8Array<ArrayBuffer>): Promise<void>;
}

interface Entry {
  name: Uint8Array<ArrayBuffer>;
  at: number;
  size: number;
  sum: number;
}

const utf8 = new TextEncoder();
const most32 = 0xffffffff;
/** Bit 11: names are UTF-8. */
const flags = 0x0800;

/** Little-endian numbers: [value, bytes] each. */
function fields(...list: [value: number, bytes: 2 | 4 | 8][]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(list.reduce((sum, [, bytes]) => sum + bytes, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const [value, bytes] of list) {
    if (bytes === 2) view.setUint16(at, value, true);
    else if (bytes === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += bytes;
  }
  return out;
}

/** The date and time of ZIP: two seconds exact, local. */
function dosTime(date: Date): number {
  const day = ((date.getFullYear() - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate();
  return ((day << 16) | (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1)) >>> 0;
}

/**
 * Writes a ZIP file piece by piece, without compression: photos have none to gain. Its memory is the names. An entry must
 * be shorter than 4 GiB, which a file of a message is; the whole may be longer (ZIP64).
 */
export class ZipWriter {
  #entries: Entry[] = [];
  #at: number;
  #open: Entry | undefined;
  readonly #time: number;

  constructor(
    private readonly sink: Sink,
    now: Date,
    /** Where in the sink it begins. */
    start = 0,
  ) {
    this.#at = start;
    this.#time = dosTime(now);
  }

  /** Begins an entry; what is written next is its content. Names have slashes between folders. */
  async begin(name: string): Promise<void> {
    await this.#end();
    this.#open = { name: utf8.encode(name), at: this.#at, size: 0, sum: 0 };
    await this.#append(this.#local(this.#open));
  }

  async write(data: Uint8Array<ArrayBuffer>): Promise<void> {
    const entry = this.#open;
    if (!entry || entry.size + data.length > most32) throw new RangeError('no room in this entry');
    entry.sum = crc32(entry.sum, data);
    entry.size += data.length;
    await this.#append(data);
  }

  /** Writes a whole file, in pieces. */
  async file(name: string, blob: Blob): Promise<void> {
    await this.begin(name);
    const piece = 1024 * 1024;
    for (let at = 0; at < blob.size; at += piece) await this.write(new Uint8Array(await blob.slice(at, at + piece).arrayBuffer()));
  }

  /** Writes the list of entries; nothing may follow. Returns the length of the whole. */
  async close(): Promise<number> {
    await this.#end();
    const start = this.#at;
    for (const entry of this.#entries) await this.#append(this.#listed(entry));
    const [count, size] = [this.#entries.length, this.#at - start];
    if (count > 0xfffe || start + size >= most32) {
      const end64 = this.#at;
      await this.#append(fields([0x06064b50, 4], [44, 8], [45, 2], [45, 2], [0, 4], [0, 4], [count, 8], [count, 8], [size, 8], [start, 8]));
      await this.#append(fields([0x07064b50, 4], [0, 4], [end64, 8], [1, 4]));
    }
    const [n, from] = [Math.min(count, 0xffff), Math.min(start, most32)];
    await this.#append(fields([0x06054b50, 4], [0, 2], [0, 2], [n, 2], [n, 2], [size, 4], [from, 4], [0, 2]));
    return this.#at;
  }

  /** The header before an entry is written again when its length and sum are known. */
  async #end(): Promise<void> {
    const entry = this.#open;
    if (!entry) return;
    this.#open = undefined;
    this.#entries.push(entry);
    await this.sink.write(entry.at, this.#local(entry));
  }

  #local({ name, size, sum }: Entry): Uint8Array<ArrayBuffer> {
    const header = fields([0x04034b50, 4], [20, 2], [flags, 2], [0, 2], [this.#time, 4], [sum, 4], [size, 4], [size, 4], [name.length, 2], [0, 2]);
    return joined(header, name);
  }

  #listed({ name, at, size, sum }: Entry): Uint8Array<ArrayBuffer> {
    const far = at >= most32;
    const extra = far ? fields([1, 2], [8, 2], [at, 8]) : new Uint8Array();
    const header = fields(
      [0x02014b50, 4], [far ? 45 : 20, 2], [far ? 45 : 20, 2], [flags, 2], [0, 2], [this.#time, 4], [sum, 4], [size, 4], [size, 4],
      [name.length, 2], [extra.length, 2], [0, 2], [0, 2], [0, 2], [0, 4], [far ? most32 : at, 4],
    );
    return joined(header, name, extra);
  }

  async #append(data: Uint8Array<ArrayBuffer>): Promise<void> {
    const at = this.#at;
    this.#at += data.length;
    await this.sink.write(at, data);
  }
}

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
