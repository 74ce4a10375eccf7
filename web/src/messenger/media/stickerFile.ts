import { takenApart } from './animation';
import { headerBytes, imageInfo, isShowable } from './imageSize';

/** A picture that can be a sticker. */
export interface StickerFile {
  blob: Blob;
  width: number;
  height: number;
}

/** Pixels of an edge, and bytes, of a sticker that stands still and of one that moves. */
const edge = 512;
const still = 100_000;
const moving = 500_000;
const mostFrames = 300;

/** Makes a sticker of a picture: one that is one already stays so, and others are drawn anew. Undefined if it cannot be. */
export async function makeSticker(file: Blob): Promise<StickerFile | undefined> {
  const info = imageInfo(new Uint8Array(await file.slice(0, headerBytes).arrayBuffer()));
  if (!isShowable(info)) return undefined;
  const image = await createImageBitmap(file, { imageOrientation: 'from-image' });
  try {
    if (info.type === 'image/webp' && file.size <= moving && info.width <= edge && info.height <= edge) {
      const found = takenApart(info.type, new Uint8Array(await file.arrayBuffer()));
      if (found && found.frames <= mostFrames && (found.frames > 1 || file.size <= still)) {
        return { blob: new Blob([found.bytes], { type: info.type }), width: info.width, height: info.height };
      }
    }
    return await fitting(image);
  } finally {
    image.close();
  }
}

/** Smaller and coarser until it fits. */
async function fitting(image: ImageBitmap): Promise<StickerFile | undefined> {
  for (const side of [edge, 384, 256]) {
    for (const quality of [0.9, 0.75, 0.6]) {
      const blob = await drawn(image, side, quality);
      if (blob.type !== 'image/webp') return undefined; // this browser writes none
      if (blob.size <= still) return { blob, width: side, height: side };
    }
  }
  return undefined;
}

/** The whole picture in the middle of a square. */
function drawn(image: ImageBitmap, side: number, quality: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext('2d');
  if (!context) return Promise.reject(new Error('no canvas'));
  const scale = side / Math.max(image.width, image.height);
  const [width, height] = [image.width * scale, image.height * scale];
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, (side - width) / 2, (side - height) / 2, width, height);
  return canvas.convertToBlob({ type: 'image/webp', quality });
}
