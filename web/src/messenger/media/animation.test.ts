import { describe, expect, it } from 'vitest';
import { animationOf, takenApart } from './animation';

const bytes = (...parts: (string | number[] | Uint8Array)[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? Array.from(part, (c) => c.charCodeAt(0)) : [...part])));
const u32 = (n: number, big = false) => {
  const all = [n & 255, (n >> 8) & 255, (n >> 16) & 255, n >>> 24];
  return big ? all.reverse() : all;
};
const says = (data: Uint8Array | undefined) => String.fromCharCode(...(data ?? []));

const frame = bytes([0x21, 0xf9, 4, 0, 10, 0, 0, 0], [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0]);
const loop = bytes([0x21, 0xff, 11], 'NETSCAPE2.0', [3, 1, 0, 0, 0]);
const gif = (...middle: Uint8Array[]) => bytes('GIF89a', [1, 0, 1, 0, 0x80, 0, 0], [0, 0, 0, 255, 255, 255], ...middle, [0x3b], 'GPS behind');
const chunk = (name: string, data: Uint8Array) => bytes(u32(data.length, true), name, data, [0, 0, 0, 0]);
const part = (name: string, data: Uint8Array) => bytes(name, u32(data.length), data, data.length & 1 ? [0] : []);

const moving = {
  'image/gif': gif(loop, bytes([0x21, 0xfe, 4], 'GPS ', [0]), frame, bytes([0x21, 0xff, 11], 'XMP DataXMP', [4], 'GPS ', [0]), frame),
  'image/png': bytes(
    '\x89PNG\r\n\x1a\n', chunk('IHDR', new Uint8Array(13)), chunk('eXIf', bytes('GPS')), chunk('fcTL', new Uint8Array(26)), chunk('IDAT', bytes('x')),
    chunk('fcTL', new Uint8Array(26)), chunk('IEND', bytes('')), 'GPS behind',
  ),
  'image/webp': bytes(part('RIFF', bytes(
    'WEBP', part('VP8X', bytes([0x2e, 0, 0, 0, 9, 0, 0, 9, 0, 0])), part('ANIM', new Uint8Array(6)),
    part('ANMF', bytes(new Uint8Array(16), part('VP8L', bytes('xyz')), part('GPS!', bytes('GPS')))),
    part('ANMF', bytes(new Uint8Array(16), part('VP8 ', bytes('uvw')))), part('EXIF', bytes('GPS')),
  )), 'GPS behind'),
};

describe('what moves', () => {
  it.each(Object.entries(moving))('%s is written anew without anything else (M43)', (type, data) => {
    expect(says(data)).toContain('GPS');
    const found = animationOf(type, data);
    expect(found?.frames).toBe(2);
    expect(says(found?.bytes)).not.toContain('GPS');
    const again = animationOf(type, found?.bytes ?? new Uint8Array());
    expect(again?.bytes).toEqual(found?.bytes);
    for (let cut = 0; cut < (found?.bytes.length ?? 0); cut++) expect(animationOf(type, data.slice(0, cut))).toBeUndefined();
  });

  it('keeps that it is repeated, and what a WebP says of itself but for what is gone', () => {
    expect(says(animationOf('image/gif', moving['image/gif'])?.bytes)).toContain('NETSCAPE2.0');
    expect(animationOf('image/webp', moving['image/webp'])?.bytes[20]).toBe(0x02);
  });

  it('is not what stands still or is something else (X4)', () => {
    expect(animationOf('image/gif', gif(frame))).toBeUndefined();
    expect(takenApart('image/gif', gif(frame))?.frames).toBe(1);
    expect(animationOf('image/jpeg', moving['image/gif'])).toBeUndefined();
    expect(animationOf('image/gif', moving['image/png'])).toBeUndefined();
    expect(animationOf('image/webp', bytes('<svg>'))).toBeUndefined();
  });
});
