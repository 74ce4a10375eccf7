/** What a picture says of itself in its first bytes. It is believed only as far as refusing goes. */
export interface ImageInfo {
  type: string;
  width: number;
  height: number;
}

/** How much of a file tells its dimensions, bytes: what cameras write before them is rarely more. */
export const headerBytes = 256 * 1024;

/**
 * Pictures of more pixels are not decoded: each takes four bytes of memory, and a file of a few kilobytes may claim
 * billions. The largest cameras of phones make 200 million; a page cannot show that many.
 */
export const maximumPixels = 100_000_000;

/** Reads type and dimensions without decoding anything; undefined for what is no picture that may be shown. */
export function imageInfo(bytes: Uint8Array): ImageInfo | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const info = png(bytes, view) ?? gif(bytes, view) ?? webp(bytes, view) ?? jpeg(bytes, view);
    return info && info.width > 0 && info.height > 0 ? info : undefined;
  } catch {
    return undefined; // it ends too soon
  }
}

/** Whether a picture may be decoded. */
export function isShowable(info: ImageInfo | undefined): info is ImageInfo {
  return info !== undefined && info.width * info.height <= maximumPixels;
}

function text(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

function png(bytes: Uint8Array, view: DataView): ImageInfo | undefined {
  if (text(bytes, 0, 8) !== '\x89PNG\r\n\x1a\n' || text(bytes, 12, 4) !== 'IHDR') return undefined;
  return { type: 'image/png', width: view.getUint32(16), height: view.getUint32(20) };
}

function gif(bytes: Uint8Array, view: DataView): ImageInfo | undefined {
  if (!/^GIF8[79]a$/.test(text(bytes, 0, 6))) return undefined;
  return { type: 'image/gif', width: view.getUint16(6, true), height: view.getUint16(8, true) };
}

function webp(bytes: Uint8Array, view: DataView): ImageInfo | undefined {
  if (text(bytes, 0, 4) !== 'RIFF' || text(bytes, 8, 4) !== 'WEBP') return undefined;
  const type = 'image/webp';
  const u24 = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  switch (text(bytes, 12, 4)) {
    case 'VP8X':
      return { type, width: u24(24) + 1, height: u24(27) + 1 };
    case 'VP8 ':
      return { type, width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case 'VP8L': {
      const packed = view.getUint32(21, true);
      return { type, width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 };
    }
    default:
      return undefined;
  }
}

/** The frame header is behind what cameras write; each part tells its length. */
function jpeg(bytes: Uint8Array, view: DataView): ImageInfo | undefined {
  if (view.getUint16(0) !== 0xffd8) return undefined;
  for (let at = 2; ; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] ?? 0;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { type: 'image/jpeg', height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
}
