// Moves sealed files between the origin's private files and the relay: up by tus 1.0, down in ranges. The browser
// reads and writes the disk; nothing of a file is in memory for longer than it takes to pass.
import { FileError, handleOf, hashOf, write, writing } from './files';

/** What the core wants moved: FileTransfer of package client, as JSON. */
export interface Transfer {
  id: string;
  url: string;
  token: string;
  sealedSize: number;
  /** With a download: what the file's hash must be, base64. */
  hash?: string;
}

/** A connection over which nothing has moved for so long is given up, also before there is an answer; the next try goes on. */
const STALL_MS = 30_000;

type Progress = (moved: number) => void;

/** The relay answered something else than was hoped for. */
class StatusError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(`the relay answered ${status}`);
  }
}

/** What the core does about an error; see filesError in cmd/parley-wasm. */
export function codeOf(error: unknown): string {
  if (error instanceof FileError) return error.code;
  if (!(error instanceof StatusError)) return 'again';
  if (error.status === 401) return 'token';
  if (error.status === 404) return 'unknown';
  return error.status === 507 ? 'relayFull' : 'again';
}

/** Brings a whole file to the relay, from where it is. */
export async function upload(t: Transfer, progress: Progress, signal: AbortSignal): Promise<void> {
  const file = await (await handleOf(t.id, false)).getFile();
  if (file.size !== t.sealedSize) throw new FileError('lost');
  const offset = await uploadOffset(t, signal);
  progress(offset);
  if (offset >= t.sealedSize) return;
  const headers = { 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(offset) };
  // The type of a part of a file would be its Content-Type.
  await patch(`${t.url}/${t.id}`, { ...headersOf(t), ...headers }, file.slice(offset), (moved) => progress(offset + moved), signal);
}

/** fetch waits for an answer for ever: a connection that has silently gone would hold the file up until a restart. */
async function answered(url: string, init: RequestInit, signal: AbortSignal, stalled = new AbortController()): Promise<Response> {
  const stall = setTimeout(() => stalled.abort(), STALL_MS);
  try {
    return await fetch(url, { ...init, signal: AbortSignal.any([signal, stalled.signal]), cache: 'no-store' });
  } finally {
    clearTimeout(stall);
  }
}

function headersOf(t: Transfer): Record<string, string> {
  return { Authorization: `Bearer ${t.token}`, 'Tus-Resumable': '1.0.0' };
}

/** How much the relay has; an upload is begun if need be. */
async function uploadOffset(t: Transfer, signal: AbortSignal): Promise<number> {
  const head = await answered(`${t.url}/${t.id}`, { method: 'HEAD', headers: headersOf(t) }, signal);
  if (head.status === 404) {
    const post = await answered(t.url, { method: 'POST', headers: { ...headersOf(t), 'Upload-Length': String(t.sealedSize) } }, signal);
    if (post.status !== 201) throw await refusal(post);
    return 0;
  }
  const offset = Number(head.headers.get('Upload-Offset') ?? Number.NaN);
  if (head.status !== 200 || !(offset >= 0 && offset <= t.sealedSize)) throw await refusal(head);
  return offset;
}

async function refusal(response: Response): Promise<StatusError> {
  return new StatusError(response.status, (await response.text().catch(() => '')).split(':')[0] ?? '');
}

/** fetch cannot tell how far an upload is; an XMLHttpRequest can, and sends a file from the disk as well. */
function patch(url: string, headers: Record<string, string>, body: Blob, progress: Progress, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let stall = setTimeout(() => request.abort(), STALL_MS);
    const moved = () => {
      clearTimeout(stall);
      stall = setTimeout(() => request.abort(), STALL_MS);
    };
    const end = (error?: Error) => {
      clearTimeout(stall);
      if (error) reject(error);
      else resolve();
    };
    request.upload.onprogress = (event) => {
      moved();
      progress(event.loaded);
    };
    request.onload = () => end(request.status === 204 ? undefined : new StatusError(request.status, ''));
    request.onerror = () => end(new Error('no connection'));
    request.onabort = () => end(new Error('given up'));
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.open('PATCH', url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(body);
  });
}

/** Fetches a file, from where it is, and checks it. */
export async function download(t: Transfer, progress: Progress, signal: AbortSignal): Promise<void> {
  const handle = await handleOf(t.id, true);
  await writing(handle, async (file) => {
    if (file.getSize() > t.sealedSize) file.truncate(0);
    if (file.getSize() < t.sealedSize) await fetchRest(t, file, progress, signal);
    if ((await hashOf(file)) === t.hash) return;
    file.truncate(0);
    throw new FileError('damaged');
  });
}

async function fetchRest(t: Transfer, file: FileSystemSyncAccessHandle, progress: Progress, signal: AbortSignal): Promise<void> {
  let at = file.getSize();
  const stalled = new AbortController();
  const headers = { Authorization: `Bearer ${t.token}`, Range: `bytes=${at}-` };
  const response = await answered(`${t.url}/${t.id}`, { headers }, signal, stalled);
  if (response.status !== 206 || !response.body) throw await refusal(response);
  const read = piecesOf(response.body);
  for (;;) {
    const stall = setTimeout(() => stalled.abort(), STALL_MS);
    const piece = await read().finally(() => clearTimeout(stall));
    if (!piece) break;
    if (at + piece.length > t.sealedSize) throw new FileError('damaged');
    write(file, piece, at);
    at += piece.length;
    progress(at);
  }
  if (at < t.sealedSize) throw new Error('the connection broke');
}

/**
 * Reads a body piece by piece; a piece is there until the next is read. All come in the same memory, where the browser can:
 * pieces of their own pile up faster than they are cleared away, to half a gigabyte.
 */
function piecesOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): () => Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const reader = body.getReader({ mode: 'byob' });
    let room = new ArrayBuffer(256 * 1024);
    return async () => {
      const { done, value } = await reader.read(new Uint8Array(room));
      if (done) return undefined;
      room = value.buffer;
      return value;
    };
  } catch {
    const reader = body.getReader();
    return async () => (await reader.read()).value;
  }
}
