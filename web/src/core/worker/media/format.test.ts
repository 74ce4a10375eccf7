import { describe, expect, it } from 'vitest';
import { CHUNK, DamagedError, PIECE, PieceHash, Sealer, chunks, sealedSize } from './format';
import raw from '../../../../../client/media/testdata/vectors.json?raw';

interface Vector {
  pattern: number;
  key: string;
  hash: string;
  sealed: string;
}

const vectors = JSON.parse(raw) as Vector[];

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (b) => parseInt(b, 16));
const hex = (b: ArrayBuffer | Uint8Array) => Array.from(new Uint8Array(b), (n) => n.toString(16).padStart(2, '0')).join('');
const pattern = (size: number) => Uint8Array.from({ length: size }, (_, i) => i * 7 + (i >> 8));

async function seal(plain: Uint8Array, sealer: Sealer): Promise<Uint8Array[]> {
  const pieces = [];
  for (let n = 0; n < chunks(plain.length); n++) {
    pieces.push(new Uint8Array(await sealer.seal(n, plain.slice(n * CHUNK, (n + 1) * CHUNK))));
  }
  return pieces;
}

describe('sealed files (X4)', () => {
  it.each(vectors)('are those of Go: $pattern bytes', async ({ pattern: size, key, hash, sealed }) => {
    const plain = pattern(size);
    const sealer = await Sealer.create(bytes(key), size);
    const pieces = await seal(plain, sealer);
    const sum = new PieceHash();
    for (const piece of pieces) await sum.add(piece as BufferSource);
    expect(pieces.reduce((n, p) => n + p.length, 0)).toBe(sealedSize(size));
    expect(hex(pieces[0] as Uint8Array).slice(0, sealed.length)).toBe(sealed);
    expect(hex(await sum.sum())).toBe(hash);
    for (const [n, piece] of pieces.entries()) {
      expect(hex(await sealer.open(n, piece as BufferSource))).toBe(hex(plain.slice(n * CHUNK, (n + 1) * CHUNK)));
    }
  });

  it('do not open as anything else', async () => {
    const size = CHUNK + 1;
    const sealer = await Sealer.create(new Uint8Array(32), size);
    const [first, last] = (await seal(pattern(size), sealer)) as [Uint8Array, Uint8Array];
    expect(first.length).toBe(PIECE);
    const shorter = await Sealer.create(new Uint8Array(32), CHUNK);
    await expect(shorter.open(0, first as BufferSource)).rejects.toThrow(DamagedError);
    await expect(sealer.open(1, first as BufferSource)).rejects.toThrow(DamagedError);
    last[0] = (last[0] ?? 0) ^ 1;
    await expect(sealer.open(1, last as BufferSource)).rejects.toThrow(DamagedError);
  });
});
