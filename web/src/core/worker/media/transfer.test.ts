import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { codeOf, download, upload } from './transfer';

const transfer = { id: '00', url: 'https://relay.example/v1/media', token: 't', sealedSize: 4, hash: '' };

/** A folder whose one file has four bytes, or as many as were written. */
const directory = () => {
  const file = { getSize: () => 0, truncate: () => {}, flush: () => {}, close: () => {}, write: () => 0, read: () => 0 };
  const handle = { getFile: async () => new Blob(['1234']), createSyncAccessHandle: async () => file };
  const folder = { getFileHandle: async () => handle };
  return { getDirectoryHandle: async () => folder };
};

describe('a connection that has silently gone (M98)', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('navigator', { storage: { getDirectory: async () => directory() } });
    // It never answers; it ends when it is given up.
    vi.stubGlobal('fetch', (_: string, { signal }: { signal: AbortSignal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))));
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it.each([['upload', upload], ['download', download]])('is given up before there is an answer, and the %s tried again', async (_name, move) => {
    const end = move(transfer, () => {}, new AbortController().signal).then(() => 'done', codeOf);
    let ended: string | undefined;
    void end.then((code) => (ended = code));
    await vi.advanceTimersByTimeAsync(29_000);
    expect(ended).toBeUndefined();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(ended).toBe('again');
  });
});
