// A file whose content is sealed on the disk and plain to SQLite.
import { HEADER_BYTES, type Layout, MAGIC, type Place, database, log, plainSize, recordAt, sealedSize } from './layout';
import { FILE_ID_BYTES, OVERHEAD, Sealer } from './record';

/** What is used of a FileSystemSyncAccessHandle. */
export interface FileHandle {
  read(buffer: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  write(buffer: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  truncate(size: number): void;
  getSize(): number;
}

/** A page of the database was changed or damaged by something else, or the key is another one. */
export class DamagedError extends Error {
  override readonly name = 'DamagedError';

  /** Without its first page nothing of the database can be read: then the key may be another one. */
  constructor(readonly first: boolean) {
    super('a page of the sealed database does not open');
  }
}

/** So much of its first page SQLite reads before it looks at the log, in which the page may stand anew. */
const PEEK = 100;

/**
 * The plaintext of a sealed file that begins at `base` of the handle, with offsets and sizes of the plaintext.
 *
 * A log's record that does not open reads as zeros, where SQLite takes the log to end, as with a frame that was cut off.
 * A database's is a DamagedError.
 */
export class SealedFile {
  readonly #sealer: Sealer;
  readonly #block: Uint8Array;
  /** Bytes on the disk from base on. */
  #bytes = 0;
  /** The start of a record, which is written once the rest of it has come: SQLite writes a frame in two steps. */
  #held: { place: Place; bytes: Uint8Array } | null = null;
  /** The record that was read last: when its start is written next, no rest will come, for only checksums change. */
  #lastRead = -1;

  constructor(
    private readonly handle: FileHandle,
    private readonly base: number,
    private readonly layout: Layout,
    key: Uint8Array,
  ) {
    const largest = Math.max(layout.first, layout.rest);
    this.#sealer = new Sealer(key, layout.kind, largest);
    this.#block = new Uint8Array(largest);
    this.#readHeader();
  }

  /** Never throws: SQLite's file system asks outside of what it guards. */
  get size(): number {
    const held = this.#held;
    return Math.max(this.#size(), held ? held.place.start + held.bytes.length : 0);
  }

  /** Reads as much as there is into buffer, and gives how much that was. */
  read(buffer: Uint8Array, offset: number): number {
    this.settle();
    const end = Math.min(offset + buffer.length, this.#size());
    for (let at = offset; at < end; ) {
      const place = recordAt(this.layout, at);
      const stop = Math.min(end, place.start + place.length);
      const target = buffer.subarray(at - offset, stop - offset);
      const plain = this.#open(place);
      this.#lastRead = place.index;
      if (plain) target.set(plain.subarray(at - place.start, stop - place.start));
      else if (this.layout === database && stop > PEEK) throw new DamagedError(place.index === 0);
      else target.fill(0);
      at = stop;
    }
    return Math.max(0, end - offset);
  }

  /** Writes all of bytes. What is left out between the end of the file and offset becomes zeros. */
  write(bytes: Uint8Array, offset: number): number {
    const held = this.#held;
    if (held && offset !== held.place.start + held.bytes.length) this.settle();
    if (!this.#held) this.#extend(offset);
    for (let done = 0; done < bytes.length; ) {
      const place = recordAt(this.layout, offset + done);
      const from = offset + done - place.start;
      const part = bytes.subarray(done, done + place.length - from);
      this.#put(place, from, part);
      done += part.length;
    }
    return bytes.length;
  }

  truncate(size: number): void {
    this.settle();
    this.#extend(size);
    if (size >= this.#size()) return;
    const place = recordAt(this.layout, Math.max(0, size - 1));
    const left = size - place.start;
    const cut = left < place.length ? this.#need(place).slice(0, left) : null;
    this.#cut(sealedSize(this.layout, size));
    if (cut && size > 0) this.#seal(place, cut);
  }

  /** Writes what is held back. */
  settle(): void {
    const held = this.#held;
    if (!held) return;
    this.#held = null;
    this.#change(held.place, 0, held.bytes);
  }

  #size(): number {
    return plainSize(this.layout, this.#bytes);
  }

  /** Writes a part of one record. */
  #put(place: Place, from: number, bytes: Uint8Array): void {
    const held = this.#held;
    if (held) {
      this.#held = null;
      this.#block.set(held.bytes);
      this.#block.set(bytes, from);
      const filled = this.#block.subarray(0, from + bytes.length);
      if (filled.length === place.length) this.#seal(place, filled);
      else this.#change(place, 0, filled.slice());
    } else if (bytes.length === place.length) {
      this.#seal(place, bytes);
    } else if (this.layout === log && from === 0 && place.index !== this.#lastRead) {
      this.#held = { place, bytes: bytes.slice() };
    } else {
      this.#change(place, from, bytes);
    }
  }

  /** Replaces a part of a record, reading and writing that record alone. */
  #change(place: Place, from: number, bytes: Uint8Array): void {
    const before = this.#lengthOf(place);
    if (before > 0 && (from > 0 || bytes.length < before)) this.#block.set(this.#need(place));
    this.#block.fill(0, before, Math.max(before, from));
    this.#block.set(bytes, from);
    this.#seal(place, this.#block.subarray(0, Math.max(before, from + bytes.length)));
  }

  /** The plaintext of a record to change: one of a database must open, any other is taken to be zeros. */
  #need(place: Place): Uint8Array {
    const plain = this.#open(place);
    if (plain) return plain;
    if (this.layout === database) throw new DamagedError(place.index === 0);
    return new Uint8Array(this.#lengthOf(place));
  }

  /** Bytes of plaintext that a record has now. */
  #lengthOf({ start, length }: Place): number {
    return Math.min(length, Math.max(0, this.#size() - start));
  }

  /** Appends zeros up to a size, record by record. */
  #extend(to: number): void {
    for (let at = this.#size(); at < to; ) {
      const place = recordAt(this.layout, at);
      const stop = Math.min(to, place.start + place.length);
      this.#change(place, at - place.start, new Uint8Array(stop - at));
      at = stop;
    }
  }

  #open(place: Place): Uint8Array | null {
    const sealed = this.#sealer.buffer(this.#lengthOf(place) + OVERHEAD);
    if (this.handle.read(sealed, { at: this.base + place.at }) < sealed.length) return null;
    return this.#sealer.open(place.index, sealed);
  }

  #seal({ index, at }: Place, plain: Uint8Array): void {
    if (this.#bytes < HEADER_BYTES) this.#writeHeader();
    this.#write(this.#sealer.seal(index, plain), at);
  }

  #write(bytes: Uint8Array<ArrayBuffer>, at: number): void {
    const written = this.handle.write(bytes, { at: this.base + at });
    this.#bytes = Math.max(this.#bytes, at + written);
    if (written !== bytes.length) throw new Error('a write was cut off');
  }

  #cut(bytes: number): void {
    this.handle.truncate(this.base + bytes);
    this.#bytes = bytes;
  }

  /** Of a file that does not begin as it must, no record opens. */
  #readHeader(): void {
    const header = new Uint8Array(HEADER_BYTES);
    const there = this.handle.getSize() - this.base;
    if (there < HEADER_BYTES || this.handle.read(header, { at: this.base }) < HEADER_BYTES) return;
    if (MAGIC.some((byte, i) => byte !== header[i])) crypto.getRandomValues(header);
    this.#sealer.fileId = header.subarray(MAGIC.length);
    this.#bytes = there;
  }

  /** Begins the file, with an id of its own, so that nothing of an earlier one can be part of it. */
  #writeHeader(): void {
    const header = new Uint8Array(HEADER_BYTES);
    header.set(MAGIC);
    const id = header.subarray(MAGIC.length, MAGIC.length + FILE_ID_BYTES);
    crypto.getRandomValues(id);
    this.#sealer.fileId = id;
    this.#cut(0);
    this.#write(header, 0);
  }
}
