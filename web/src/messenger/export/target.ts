import { OPENED } from '../../core/worker/media/opened';
import type { Sink } from './zip';

/** Where an export goes: a file that the person chose, or one of ours that is then downloaded. */
export interface Target extends Sink {
  /** Ends it; the file is there then. */
  close(): Promise<void>;
  /** Leaves nothing behind. */
  abort(): Promise<void>;
}

interface FilePicker {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<FileSystemFileHandle>;
}

/**
 * Asks where to write, in browsers that can; elsewhere it is written to the browser's private files first, so that memory
 * does not grow with it. Rejects with an AbortError if the person changed their mind.
 */
export async function openTarget(name: string): Promise<Target> {
  const picker = window as FilePicker;
  if (picker.showSaveFilePicker) {
    const handle = await picker.showSaveFilePicker({ suggestedName: name });
    const stream = await handle.createWritable();
    return { write: writeTo(stream), close: () => stream.close(), abort: () => stream.abort() };
  }
  // This folder is emptied when the core starts next, and when the app is locked.
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(OPENED, { create: true });
  const handle = await folder.getFileHandle(`export-${crypto.randomUUID()}`, { create: true });
  const stream = await handle.createWritable();
  const close = async () => {
    await stream.close();
    download((await handle.getFile()).slice(0, undefined, 'application/octet-stream'), name);
  };
  const abort = async () => {
    await stream.abort();
    await folder.removeEntry(handle.name).catch(() => undefined);
  };
  return { write: writeTo(stream), close, abort };
}

const writeTo = (stream: FileSystemWritableFileStream) => (position: number, data: Uint8Array<ArrayBuffer>) =>
  stream.write({ type: 'write', position, data });

/** Has the browser put a file with its downloads. */
export function download(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
