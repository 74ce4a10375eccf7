import { imageInfo, isShowable } from '../media/imageSize';

/** What a picture may be in a message, bytes, and its edge in pixels. */
const largest = 16 * 1024;
const edge = 320;

/** Makes of a picture that a page names a small one, drawn anew, in base64; empty if it is none that may be shown. */
export async function linkPicture(base64: string | undefined): Promise<string> {
  if (!base64) return '';
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const info = imageInfo(bytes);
  if (!isShowable(info)) return '';
  const image = await createImageBitmap(new Blob([bytes], { type: info.type })).catch(() => undefined);
  if (!image) return '';
  try {
    for (const size of [edge, 200, 120]) {
      const scale = Math.min(1, size / Math.max(image.width, image.height));
      const canvas = new OffscreenCanvas(Math.max(1, Math.round(image.width * scale)), Math.max(1, Math.round(image.height * scale)));
      const context = canvas.getContext('2d');
      if (!context) return '';
      context.fillStyle = '#ffffff';
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.imageSmoothingQuality = 'high';
      context.drawImage(image, 0, 0, canvas.width, canvas.height);
      for (const quality of [0.8, 0.6, 0.4]) {
        const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality });
        if (blob.size <= largest) return btoa(Array.from(new Uint8Array(await blob.arrayBuffer()), (byte) => String.fromCharCode(byte)).join(''));
      }
    }
  } finally {
    image.close();
  }
  return '';
}
