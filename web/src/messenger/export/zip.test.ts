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
  // That another program opens it is tested with the page, in test/ui.mjs.
  it('has the sums of ZIP, piece by piece', () => {
    const data = bytes('123456789');
    expect(crc32(0, data)).toBe(0xcbf43926);
    expect(crc32(crc32(0, data.subarray(0, 5)), data.subarray(5))).toBe(0xcbf43926);
    expect(crc32(0, bytes(''))).toBe(0);
  });

  it('has the length and the sum of an entry before it, once they are known', async () => {
    const sink = new Memory();
    const zip = new ZipWriter(sink, new Date(2026, 2, 1));
    await zip.begin('n');
    await zip.write(bytes('12345'));
    await zip.write(bytes('6789'));
    await zip.close();
    const view = new DataView(sink.data.buffer);
    expect([view.getUint32(14, true), view.getUint32(18, true), view.getUint32(22, true)]).toEqual([0xcbf43926, 9, 9]);
  });

  it('may be longer than 4 GiB', async () => {
    const far = 0x1_2345_6789;
    const sink = new Memory();
    const moved: Sink = { write: (at, piece) => sink.write(at - far, piece) };
    const zip = new ZipWriter(moved, new Date(2026, 0, 1), far);
    await zip.begin('c');
    expect(await zip.close()).toBe(far + sink.data.length);
    const view = new DataView(sink.data.buffer);
    const record = (kind: number) => sink.data.findIndex((_, at) => at + 4 <= sink.data.length && view.getUint32(at, true) === kind);
    const [directory, end64, locator] = [record(0x02014b50), record(0x06064b50), record(0x07064b50)];
    expect(view.getUint32(directory + 42, true)).toBe(0xffffffff);
    expect(view.getBigUint64(directory + 46 + 1 + 4, true)).toBe(BigInt(far));
    expect(view.getBigUint64(end64 + 48, true)).toBe(BigInt(far + directory));
    expect(view.getBigUint64(locator + 8, true)).toBe(BigInt(far + end64));
  });
});
