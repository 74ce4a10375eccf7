/** Edge of a picture in pixels, and what it may be in bytes. */
const edge = 256;
const largest = 24 * 1024;

/** Makes of any image file a small square, drawn anew: nothing that the camera wrote into it is left. In base64. */
export async function squarePicture(file: Blob): Promise<string> {
  const image = await createImageBitmap(file).catch(() => undefined);
  if (!image) throw { code: 'picture_invalid', message: '' };
  try {
    for (const size of [edge, 192, 128, 96]) {
      const canvas = draw(image, size);
      for (const quality of [0.85, 0.7, 0.5]) {
        const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality));
        if (blob && blob.size <= largest) return base64Of(new Uint8Array(await blob.arrayBuffer()));
      }
    }
  } finally {
    image.close();
  }
  throw { code: 'picture_invalid', message: '' };
}

/** The middle of an image, on white where it is transparent. */
function draw(image: ImageBitmap, size: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = size;
  const context = canvas.getContext('2d');
  if (!context) throw { code: 'picture_invalid', message: '' };
  const cut = Math.min(image.width, image.height);
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, size, size);
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, (image.width - cut) / 2, (image.height - cut) / 2, cut, cut, 0, 0, size, size);
  return canvas;
}

function base64Of(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
