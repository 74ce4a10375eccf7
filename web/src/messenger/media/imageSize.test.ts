import { describe, expect, it } from 'vitest';
import { imageInfo, isShowable } from './imageSize';

const bytes = (...parts: (string | number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? Array.from(part, (c) => c.charCodeAt(0)) : part)));
const png = (width: number[], height: number[]) => bytes('\x89PNG\r\n\x1a\n', [0, 0, 0, 13], 'IHDR', width, height, [8, 6, 0, 0, 0]);

describe('what a picture says of itself', () => {
  it.each([
    ['image/png', png([0, 0, 1, 0], [0, 0, 0, 7]), 256, 7],
    ['image/gif', bytes('GIF89a', [0x40, 1, 0xf0, 0]), 320, 240],
    ['image/webp', bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8X', [10, 0, 0, 0, 0, 0, 0, 0, 0xff, 1, 0, 0x0f, 0, 0]), 512, 16],
    ['image/jpeg', bytes([0xff, 0xd8, 0xff, 0xe1, 0, 4, 1, 2, 0xff, 0xc0, 0, 17, 8, 0, 9, 1, 0]), 256, 9],
  ])('%s', (type, data, width, height) => {
    expect(imageInfo(data)).toEqual({ type, width, height });
  });

  it('is not believed of anything else, and a bomb is not decoded (X4)', () => {
    for (const other of [bytes(''), bytes('<svg xmlns="http://www.w3.org/2000/svg"/>'), bytes('<html>'), bytes('%PDF-1.7'), bytes('\x89PNG\r\n\x1a\n')]) {
      expect(imageInfo(other)).toBeUndefined();
      expect(isShowable(imageInfo(other))).toBe(false);
    }
    expect(imageInfo(bytes([0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff]))).toBeUndefined();
    expect(isShowable(imageInfo(png([0, 0, 0x75, 0x30], [0, 0, 0x75, 0x30])))).toBe(false);
    expect(isShowable(imageInfo(png([0, 0, 0x17, 0x70], [0, 0, 0x0f, 0xa0])))).toBe(true);
    expect(isShowable(imageInfo(png([0, 0, 0, 0], [0, 0, 0, 1])))).toBe(false);
  });
});
