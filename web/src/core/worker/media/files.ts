// Where sealed files lie: a folder of the origin's private files, each under its id.
import { CHUNK, DamagedError, PIECE, PieceHash, Sealer, chunks, sealedSize } from './format';
import { OPENED } from './opened';

const FOLDER = 'parley-media';
/** Up to which size a file is opened into memory, bytes. */
const IN_MEMORY = 32 * 1024 * 1024;

/** What the core calls a problem with a file; the codes of client.Files. */
export class FileError extends Error {
  constructor(readonly code: 'lost' | 'full' | 'damaged' | 'token' | 'unavailable') {
    super(code);
  }
}

export interface Sealed {
  fileId: string;
  key: string;
  hash: string;
  size: number;
}

async function folder(name: string): Promise<FileSystemDirectoryHandle> {
  try {
    return await (await navigator.storage.getDirectory()).getDirectoryHandle(name, { create: true });
  } catch {
    throw new FileError('unavailable');
  }
}

export async function handleOf(id: string, create: boolean): Promise<FileSystemFileHandle> {
  try {
    return await (await folder(FOLDER)).getFileHandle(id, { create });
  } catch (error) {
    throw error instanceof FileError ? error : new FileError('lost');
  }
}

/** Runs use with a file to write to, and lets go of it. */
export async function writing<T>(handle: FileSystemFileHandle, use: (file: FileSystemSyncAccessHandle) => Promise<T>): Promise<T> {
  const file = await handle.createSyncAccessHandle();
  try {
    return await use(file);
  } catch (error) {
    throw isFull(error) ? new FileError('full') : error;
  } finally {
    file.flush();
    file.close();
  }
}

function isFull(error: unknown): boolean {
  return (error as { name?: unknown } | null)?.name === 'QuotaExceededError';
}

/** Writes all of it; a write may take less where there is no room for the rest. */
export function write(file: FileSystemSyncAccessHandle, data: Uint8Array<ArrayBuffer>, at: number): void {
  if (file.write(data, { at }) < data.length) throw new FileError('full');
}

/**
 * Seals a file that a page has brought, under a new id and key. It is copied at once: what the person does with the
 * original then does not matter, and nothing is ever sealed twice under one key.
 */
export async function seal(from: Blob): Promise<Sealed> {
  const fileId = hex(crypto.getRandomValues(new Uint8Array(16)));
  const key = crypto.getRandomValues(new Uint8Array(32));
  const sealer = await Sealer.create(key, from.size);
  const hash = new PieceHash();
  try {
    await writing(await handleOf(fileId, true), async (file) => {
      let next = from.slice(0, CHUNK).arrayBuffer();
      for (let n = 0; n < chunks(from.size); n++) {
        const plain = await next;
        next = from.slice((n + 1) * CHUNK, (n + 2) * CHUNK).arrayBuffer();
        next.catch(() => {}); // it is told when it is waited for
        const piece = new Uint8Array(await sealer.seal(n, plain));
        const sum = hash.add(piece);
        write(file, piece, n * PIECE);
        await sum;
      }
    });
  } catch (error) {
    await remove(fileId);
    throw error;
  }
  return { fileId, key: base64(key), hash: base64(await hash.sum()), size: from.size };
}

/** The hash of a sealed file. All pieces are read into the same memory. */
export async function hashOf(file: FileSystemSyncAccessHandle): Promise<string> {
  const hash = new PieceHash();
  const piece = new Uint8Array(PIECE);
  const size = file.getSize();
  for (let at = 0; at < size; at += PIECE) await hash.add(piece.subarray(0, file.read(piece, { at })));
  return base64(await hash.sum());
}

/** Opens a file: into memory, or, if it is large, into a file beside, which the browser reads as it needs. */
export async function open({ fileId, key, size, type: said }: { fileId: string; key: string; size: number; type: string }): Promise<Blob> {
  const type = safeType(said);
  const sealed = await (await handleOf(fileId, false)).getFile();
  if (sealed.size !== sealedSize(size)) throw new FileError('lost');
  const sealer = await Sealer.create(fromBase64(key), size);
  const chunk = async (n: number) => sealer.open(n, await sealed.slice(n * PIECE, (n + 1) * PIECE).arrayBuffer());
  try {
    if (size > IN_MEMORY) return await openAside(fileId, size, chunk, type);
    const parts: ArrayBuffer[] = [];
    for (let n = 0; n < chunks(size); n++) parts.push(await chunk(n));
    return new Blob(parts, { type });
  } catch (error) {
    throw error instanceof DamagedError ? new FileError('damaged') : error;
  }
}

/**
 * Types in which a browser runs nothing. A file of any other type, such as a page or a drawing with scripts (SVG), is
 * bytes to be saved.
 */
const safeTypes = /^(image\/(jpeg|png|gif|webp)|video\/(mp4|webm|quicktime)|audio\/(mpeg|mp4|aac|ogg|webm|wav|flac))$/;

function safeType(type: string): string {
  return safeTypes.test(type) ? type : 'application/octet-stream';
}

async function openAside(id: string, size: number, chunk: (n: number) => Promise<ArrayBuffer>, type: string): Promise<Blob> {
  const handle = await (await folder(OPENED)).getFileHandle(id, { create: true });
  const before = await handle.getFile();
  // A page may have it open already, and keeps it so. One that is not whole was given up on.
  if (before.size !== size) {
    await writing(handle, async (file) => {
      for (let n = 0; n < chunks(size); n++) write(file, new Uint8Array(await chunk(n)), n * CHUNK);
    });
  }
  return (await handle.getFile()).slice(0, undefined, type);
}

/** Removes a file, if it is there. */
export async function remove(id: string): Promise<void> {
  for (const name of [FOLDER, OPENED]) {
    await (await folder(name)).removeEntry(id).catch(() => {});
  }
}

export function base64(b: Uint8Array): string {
  return btoa(String.fromCharCode(...b));
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

function hex(b: Uint8Array): string {
  return Array.from(b, (n) => n.toString(16).padStart(2, '0')).join('');
}
