/**
 * Photos behind chats. They are this device's own, in the folder of its database, so that erasing the device removes
 * them too; the app lock hides them with the page and does not encrypt them.
 */
import type { Scope } from './wallpapers';

/** Edge in pixels: enough for a screen, too little for a whole camera. */
const edge = 1920;
export const photosKey = 'parley.wallpaperPhotos';

const folder = async (): Promise<FileSystemDirectoryHandle> =>
  (await (await navigator.storage.getDirectory()).getDirectoryHandle('parley', { create: true })).getDirectoryHandle('wallpapers', { create: true });

/** Whether this browser can keep photos. */
export const canKeepPhotos = (): boolean => 'createWritable' in (globalThis.FileSystemFileHandle?.prototype ?? {});

/** Made smaller and drawn anew: nothing that the camera wrote into it is left. */
async function drawn(file: Blob): Promise<Blob> {
  const image = await createImageBitmap(file).catch(() => undefined);
  if (!image) throw { code: 'picture_invalid', message: '' };
  const scale = Math.min(1, edge / Math.max(image.width, image.height));
  const canvas = new OffscreenCanvas(Math.max(1, image.width * scale), Math.max(1, image.height * scale));
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.82 });
}

class Photos {
  #scopes = $state.raw<readonly Scope[]>(kept());

  /** Which chats have one, and whether there is one for all. */
  get scopes(): readonly Scope[] {
    return this.#scopes;
  }

  /** Keeps a photo; rejects with a problem when it is no picture or there is no room. */
  async put(scope: Scope, file: Blob): Promise<void> {
    const photo = await drawn(file);
    const writable = await (await (await folder()).getFileHandle(scope, { create: true })).createWritable();
    await writable.write(photo);
    await writable.close();
    this.#keep([...this.#scopes.filter((one) => one !== scope), scope]);
  }

  async remove(scope: Scope): Promise<void> {
    if (!this.#scopes.includes(scope)) return;
    this.#keep(this.#scopes.filter((one) => one !== scope));
    await (await folder()).removeEntry(scope).catch(() => undefined);
  }

  /** Removes all, when the device is logged out. */
  async clear(): Promise<void> {
    for (const scope of this.#scopes) await this.remove(scope);
  }

  /** The photo, to be shown; undefined if it is gone. */
  async get(scope: Scope): Promise<Blob | undefined> {
    return (await folder()).getFileHandle(scope).then((handle) => handle.getFile(), () => undefined);
  }

  #keep(scopes: readonly Scope[]): void {
    this.#scopes = [...scopes];
    if (scopes.length > 0) localStorage.setItem(photosKey, JSON.stringify(scopes));
    else localStorage.removeItem(photosKey);
  }
}

function kept(): Scope[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(photosKey) ?? '[]');
    return Array.isArray(found) ? found.filter((one): one is Scope => typeof one === 'string') : [];
  } catch {
    return [];
  }
}

export const photos = new Photos();
