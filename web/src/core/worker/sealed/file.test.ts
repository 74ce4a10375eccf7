// M38: what a sealed file promises to SQLite above it, and to whoever holds the disk.
import { describe, expect, it } from 'vitest';
import { FakeFile } from './fakeFile';
import { DamagedError, SealedFile } from './file';
import { type Layout, PAGE, database, log, plainSize, recordAt, sealedSize, temporary } from './layout';

const BASE = 4096;
const FRAME = 24 + PAGE;
const key = new Uint8Array(32).fill(7);
const layouts = { database, log, temporary };

/** Numbers that look random and are the same in every run. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const bytesOf = (length: number, value: number) => new Uint8Array(length).fill(value);
const same = (a: Uint8Array, b: Uint8Array) => expect(a.length === b.length && a.every((byte, i) => byte === b[i])).toBe(true);
const text = (words: string) => new TextEncoder().encode(words);

function contentOf(file: SealedFile): Uint8Array {
  const content = new Uint8Array(file.size);
  expect(file.read(content, 0)).toBe(content.length);
  return content;
}

/** A database of that many pages, each full of its number from 1 on. */
function pages(count: number): { disk: FakeFile; file: SealedFile } {
  const disk = new FakeFile();
  const file = new SealedFile(disk, BASE, database, key);
  for (let i = 0; i < count; i++) file.write(bytesOf(PAGE, i + 1), i * PAGE);
  return { disk, file };
}

/** A log as SQLite writes it: its header, and frames of a header and a page. */
function frames(count: number): { disk: FakeFile; file: SealedFile } {
  const disk = new FakeFile();
  const file = new SealedFile(disk, BASE, log, key);
  file.write(bytesOf(32, 99), 0);
  for (let i = 0; i < count; i++) writeFrame(file, i, i + 1);
  return { disk, file };
}

function writeFrame(file: SealedFile, i: number, value: number): void {
  const at = 32 + i * FRAME;
  file.write(bytesOf(24, value), at);
  file.write(bytesOf(PAGE, value), at + 24);
}

describe.each(Object.entries(layouts))('a sealed %s (M38)', (_, layout: Layout) => {
  it('holds what a plain file holds, whatever is read, written and cut off, in whatever parts', () => {
    for (let seed = 1; seed <= 4; seed++) {
      const roll = dice(seed);
      const [disk, plain] = [new FakeFile(), new FakeFile()];
      let file = new SealedFile(disk, BASE, layout, key);
      for (let step = 0; step < 250; step++) {
        const at = roll(2) ? roll(60_000) : recordAt(layout, roll(60_000)).start;
        const length = [1 + roll(200), layout.rest, 24, 1 + roll(9000)][roll(4)] ?? 1;
        const what = roll(10);
        if (what < 5) {
          const bytes = bytesOf(length, 1 + roll(255));
          expect(file.write(bytes, at)).toBe(length);
          plain.write(bytes, { at });
        } else if (what < 8) {
          const [got, wanted] = [bytesOf(length, 0), bytesOf(length, 0)];
          expect(file.read(got, at)).toBe(plain.read(wanted, { at }));
          same(got, wanted);
        } else if (what < 9) {
          file.truncate(at);
          plain.truncate(at);
        } else {
          file.settle();
          file = new SealedFile(disk, BASE, layout, key);
        }
        expect(file.size).toBe(plain.getSize());
      }
      same(contentOf(file), plain.bytes);
    }
  });

  it('has the sizes of plaintext and disk agree', () => {
    for (let size = 0; size < 26_000; size += 7) expect(plainSize(layout, sealedSize(layout, size))).toBe(size);
  });

  it('shows nothing of its content on the disk, nor that two pages are the same', () => {
    const disk = new FakeFile();
    const file = new SealedFile(disk, BASE, layout, key);
    const words = text('a sentence that nobody else may read ');
    for (let i = 0; i < 2000; i++) file.write(words, i * words.length);
    file.settle();
    expect(contentOf(file).length).toBe(2000 * words.length);
    const raw = new TextDecoder('latin1').decode(disk.bytes);
    expect(raw).not.toContain('a sentence');
    const seen = new Set<string>();
    for (let at = BASE; at + 16 <= raw.length; at += 16) seen.add(raw.slice(at, at + 16));
    expect(seen.size).toBeGreaterThanOrEqual(Math.floor((raw.length - BASE) / 16));
  });

  it('does not open with another key', () => {
    const disk = new FakeFile();
    const first = new SealedFile(disk, BASE, layout, key);
    first.write(bytesOf(10_000, 5), 0);
    first.settle();
    const other = new SealedFile(disk, BASE, layout, bytesOf(32, 8));
    expect(other.size).toBe(10_000);
    const got = bytesOf(10_000, 1);
    if (layout === database) expect(() => other.read(got, 0)).toThrow(DamagedError);
    else {
      other.read(got, 0);
      same(got, bytesOf(10_000, 0));
    }
  });
});

describe('a sealed database (M38)', () => {
  it('reads no record that was moved, exchanged, taken from another file, or changed', () => {
    const place = (index: number) => BASE + recordAt(database, index * PAGE).at;
    const record = (disk: FakeFile, index: number) => disk.bytes.slice(place(index), place(index) + (PAGE + 40));
    const other = pages(3).disk;
    const spoils: ((disk: FakeFile) => void)[] = [
      (disk) => disk.bytes.set(record(disk, 2), place(1)),
      (disk) => disk.bytes.set(record(other, 1), place(1)),
      (disk) => (disk.bytes[place(1)]! ^= 1),
      (disk) => (disk.bytes[place(1) + 100]! ^= 1),
      (disk) => (disk.bytes[place(1) + PAGE + 39]! ^= 1),
      (disk) => disk.bytes.fill(0, place(1), place(1) + (PAGE + 40)),
    ];
    for (const spoil of spoils) {
      const { disk } = pages(3);
      spoil(disk);
      const file = new SealedFile(disk, BASE, database, key);
      const page = bytesOf(PAGE, 0);
      expect(() => file.read(page, PAGE)).toThrow(DamagedError);
      expect(file.read(page, 2 * PAGE)).toBe(PAGE);
      same(page, bytesOf(PAGE, 3));
    }
  });

  it('says whether the first page is the one that does not open', () => {
    const { disk } = pages(2);
    disk.bytes[BASE + 50]! ^= 1;
    disk.bytes[disk.bytes.length - 1]! ^= 1;
    const file = new SealedFile(disk, BASE, database, key);
    for (const [at, first] of [[0, true], [PAGE, false]] as const) {
      expect(() => file.read(bytesOf(PAGE, 0), at)).toThrow(expect.objectContaining({ first }));
    }
  });

  it('gives zeros for the start of a first page that was cut off: the log may have it', () => {
    const { disk, file } = pages(3);
    disk.writesLeft = 1000;
    expect(() => file.write(bytesOf(PAGE, 9), 0)).toThrow();
    disk.writesLeft = Infinity;
    const again = new SealedFile(disk, BASE, database, key);
    const start = bytesOf(100, 1);
    expect(again.read(start, 0)).toBe(100);
    same(start, bytesOf(100, 0));
    again.write(bytesOf(PAGE, 9), 0); // as the checkpoint does that goes on
    same(contentOf(again).subarray(0, PAGE), bytesOf(PAGE, 9));
  });

  it('of a plain database with a key reads nothing, and asks for its size without an error', () => {
    const disk = new FakeFile();
    disk.write(text('SQLite format 3\0'.repeat(1024)), { at: BASE });
    const file = new SealedFile(disk, BASE, database, key);
    expect(file.size).toBeGreaterThan(0);
    expect(() => file.read(bytesOf(PAGE, 0), 0)).toThrow(DamagedError);
  });
});

describe('a sealed log (M38)', () => {
  it('writes a frame once, though SQLite writes it in two steps', () => {
    const { disk, file } = frames(1);
    let writes = 0;
    const write = disk.write.bind(disk);
    disk.write = (...args) => (writes++, write(...args));
    for (let i = 1; i < 5; i++) writeFrame(file, i, i);
    writeFrame(file, 2, 7); // over an older one, as after a restart of the log
    expect(writes).toBe(5);
  });

  it('loses nothing that was written before a write that is cut off, wherever that is', () => {
    for (let cut = 0; cut < FRAME + 40; cut += 61) {
      const { disk, file } = frames(4);
      disk.writesLeft = cut;
      expect(() => writeFrame(file, cut % 5, 77)).toThrow();
      disk.writesLeft = Infinity;
      const again = new SealedFile(disk, BASE, log, key);
      for (let i = 0; i < 4; i++) {
        const frame = bytesOf(FRAME, 0);
        again.read(frame, 32 + i * FRAME);
        const whole = i !== cut % 5 || cut === 0;
        same(frame, bytesOf(FRAME, whole ? i + 1 : 0));
      }
    }
  });

  it('writes a header alone at once after its frame was read, as when SQLite changes checksums before a commit', () => {
    const { disk, file } = frames(3);
    for (let i = 0; i < 3; i++) {
      file.read(bytesOf(FRAME, 0), 32 + i * FRAME);
      file.write(bytesOf(24, 50 + i), 32 + i * FRAME);
    }
    const again = contentOf(new SealedFile(disk, BASE, log, key));
    for (let i = 0; i < 3; i++) same(again.subarray(32 + i * FRAME, 60 + i * FRAME), new Uint8Array([...bytesOf(24, 50 + i), ...bytesOf(4, i + 1)]));
  });

  it('keeps a header that was held back once it is asked to flush', () => {
    const { disk, file } = frames(1);
    file.write(bytesOf(24, 5), 32 + FRAME);
    expect(file.size).toBe(32 + FRAME + 24);
    file.settle();
    expect(new SealedFile(disk, BASE, log, key).size).toBe(32 + FRAME + 24);
  });

  it('begun anew, takes nothing from what it was', () => {
    const { disk, file } = frames(3);
    const old = disk.bytes.slice();
    file.truncate(0);
    expect(file.size).toBe(0);
    file.write(bytesOf(32, 1), 0);
    writeFrame(file, 0, 2);
    disk.write(old.subarray(disk.bytes.length), { at: disk.bytes.length });
    const again = new SealedFile(disk, BASE, log, key);
    const frame = bytesOf(FRAME, 1);
    again.read(frame, 32 + FRAME);
    same(frame, bytesOf(FRAME, 0));
  });
});
