// Where the records of a sealed file lie. They coincide with what SQLite writes at once, so that a write that is cut off
// damages nothing but what it was to replace, as without sealing.
import { FILE_ID_BYTES, OVERHEAD } from './record';

/** SQLite's page, which must have this size in a sealed database: what this build of SQLite uses where nobody asks for another. */
export const PAGE = 8192;

/** In a log: the header of the log, and that of each page in it (https://www.sqlite.org/fileformat2.html#walformat). */
const LOG_HEADER = 32;
const FRAME_HEADER = 24;

/** What a sealed file begins with: what it is, and a random id, new whenever the file is begun anew. */
export const MAGIC = new TextEncoder().encode('parley sealed 1\n');
export const HEADER_BYTES = MAGIC.length + FILE_ID_BYTES;

/** Bytes of plaintext of a record and where they begin in the plaintext, and where the record begins on the disk. */
export interface Place {
  index: number;
  start: number;
  length: number;
  at: number;
}

/** The layout of one kind of file. Sizes and offsets on the disk count from where the sealed file begins. */
export interface Layout {
  /** Part of what is authenticated with each record. */
  readonly kind: number;
  readonly first: number;
  readonly rest: number;
}

/** A record is a page. */
export const database: Layout = { kind: 1, first: PAGE, rest: PAGE };

/** The first record is the header of the log, each other a page with its header. */
export const log: Layout = { kind: 2, first: LOG_HEADER, rest: FRAME_HEADER + PAGE };

/** SQLite's temporary files: any blocks do, since nobody needs them after a crash. */
export const temporary: Layout = { kind: 3, first: PAGE, rest: PAGE };

/** The record that holds a byte of the plaintext. */
export function recordAt({ first, rest }: Layout, offset: number): Place {
  if (offset < first) return { index: 0, start: 0, length: first, at: HEADER_BYTES };
  const index = 1 + Math.floor((offset - first) / rest);
  const start = first + (index - 1) * rest;
  return { index, start, length: rest, at: HEADER_BYTES + start + index * OVERHEAD };
}

/** Bytes of plaintext in a file of that size on the disk; what is left of a record that was cut off counts. */
export function plainSize({ first, rest }: Layout, bytes: number): number {
  const records = bytes - HEADER_BYTES;
  if (records < first + OVERHEAD) return Math.max(0, records - OVERHEAD);
  const after = records - first - OVERHEAD;
  const whole = Math.floor(after / (rest + OVERHEAD));
  return first + whole * rest + Math.max(0, (after % (rest + OVERHEAD)) - OVERHEAD);
}

/** The size on the disk of a file with that much plaintext. */
export function sealedSize(layout: Layout, bytes: number): number {
  if (bytes === 0) return 0;
  const { start, at } = recordAt(layout, bytes - 1);
  return at + bytes - start + OVERHEAD;
}
