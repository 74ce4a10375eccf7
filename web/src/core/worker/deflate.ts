// Compression for the core (RFC 1951): the browser has it, so the core need not bring its own.

type Done = (bytes: Uint8Array | null) => void;

/** Compresses; `done` gets the bytes, or null when that failed. */
export function deflate(bytes: Uint8Array<ArrayBuffer>, _limit: number, done: Done): void {
  pass(bytes, new CompressionStream('deflate-raw'), Infinity).then(done, () => done(null));
}

/** Expands; `done` gets null when the bytes are damaged or there would be more than `limit`. */
export function inflate(bytes: Uint8Array<ArrayBuffer>, limit: number, done: Done): void {
  pass(bytes, new DecompressionStream('deflate-raw'), limit).then(done, () => done(null));
}

async function pass(bytes: Uint8Array<ArrayBuffer>, through: GenericTransformStream, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = new Blob([bytes]).stream().pipeThrough<Uint8Array>(through as ReadableWritablePair).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      throw new RangeError('too large');
    }
    chunks.push(value);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
