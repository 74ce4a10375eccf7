import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 as nodeCrc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { crc32 } from './crc32';
import { ZipWriter, type Sink } from './zip';

/** A sink in memory; what is not written stays zero. */
class Memory implements Sink {
  data = new Uint8Array();
  async write(at: number, piece: Uint8Array): Promise<void> {
    if (at + piece.length > this.data.length) {
      const longer = new Uint8Array(at + piece.length);
      longer.set(this.data);
      this.data = longer;
    }
    this.data.set(piece, at);
  }
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe('ZIP', () => {
  it('has the sums of ZIP, piece by piece', () => {
    const data = Uint8Array.from({ length: 1003 }, (_, i) => (i * 31) % 256);
    expect(crc32(crc32(0, data.subarray(0, 5)), data.subarray(5))).toBe(nodeCrc32(data));
    expect(crc32(0, bytes(''))).toBe(0);
  });

  it('is opened by another program (M56)', async () => {
    const sink = new Memory();
    const zip = new ZipWriter(sink, new Date(2026, 2, 1, 12, 30, 2));
    await zip.begin('001 Zoë.txt');
    await zip.write(bytes('hello '));
    await zip.write(bytes('there'));
    await zip.file('files/a b.bin', new Blob([new Uint8Array(2_500_000).fill(7)]));
    await zip.file('files/empty', new Blob([]));
    expect(await zip.close()).toBe(sink.data.length);
    const dir = mkdtempSync(join(tmpdir(), 'parley-zip-'));
    try {
      const path = join(dir, 'a.zip');
      writeFileSync(path, sink.data);
      const list = "import sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);assert z.testzip() is None;z.extractall(sys.argv[2]);print('|'.join(f'{i.filename}:{i.file_size}:{i.date_time[5]}' for i in z.infolist()))";
      const listed = execFileSync('python3', ['-c', list, path, dir], { encoding: 'utf8' }).trim();
      expect(listed).toBe('001 Zoë.txt:11:2|files/a b.bin:2500000:2|files/empty:0:2');
      expect(readFileSync(join(dir, '001 Zoë.txt'), 'utf8')).toBe('hello there');
      expect(readFileSync(join(dir, 'files/a b.bin')).every((b) => b === 7)).toBe(true);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('may be longer than 4 GiB', async () => {
    const far = 0x1_2345_6789;
    const sink = new Memory();
    const moved: Sink = { write: (at, piece) => sink.write(at - far, piece) };
    const zip = new ZipWriter(moved, new Date(2026, 0, 1), far);
    await zip.begin('c');
    expect(await zip.close()).toBe(far + sink.data.length);
    const records = Buffer.from(sink.data);
    const directory = records.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    expect(records.readUInt32LE(directory + 42)).toBe(0xffffffff);
    expect(records.readBigUInt64LE(directory + 46 + 1 + 4)).toBe(BigInt(far));
    const end64 = records.indexOf(Buffer.from([0x50, 0x4b, 6, 6]));
    expect(records.readBigUInt64LE(end64 + 48)).toBe(BigInt(far + directory));
    expect(records.readBigUInt64LE(records.indexOf(Buffer.from([0x50, 0x4b, 6, 7])) + 8)).toBe(BigInt(far + end64));
  });
});
