// Sealed files, as client/media has them: chunks under AES-256-GCM, each a piece of the hash. The browser's own
// cryptography does it: it takes a chunk at a time.

/** Of a chunk before sealing, of what sealing adds, and of the chunk then, bytes. */
const TAG = 16;
export const PIECE = 256 * 1024;
export const CHUNK = PIECE - TAG;

/** How many chunks a file has; an empty one has one. */
export function chunks(size: number): number {
  return Math.max(Math.ceil(size / CHUNK), 1);
}

/** How long a file is when sealed. */
export function sealedSize(size: number): number {
  return size + chunks(size) * TAG;
}

/** What came is not what was sealed. */
export class DamagedError extends Error {}

/** Seals and opens the chunks of one file. */
export class Sealer {
  readonly #data: Uint8Array<ArrayBuffer>;

  private constructor(
    private readonly key: CryptoKey,
    readonly size: number,
  ) {
    const label = new TextEncoder().encode('parley media v1\0');
    this.#data = new Uint8Array(label.length + 8);
    this.#data.set(label);
    new DataView(this.#data.buffer).setBigUint64(label.length, BigInt(size));
  }

  static async create(key: Uint8Array<ArrayBuffer>, size: number): Promise<Sealer> {
    return new Sealer(await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']), size);
  }

  seal(n: number, plain: BufferSource): Promise<ArrayBuffer> {
    return crypto.subtle.encrypt(this.#parameters(n), this.key, plain);
  }

  async open(n: number, sealed: BufferSource): Promise<ArrayBuffer> {
    try {
      return await crypto.subtle.decrypt(this.#parameters(n), this.key, sealed);
    } catch {
      throw new DamagedError('damaged');
    }
  }

  #parameters(n: number): AesGcmParams {
    const iv = new Uint8Array(12);
    new DataView(iv.buffer).setUint32(7, n);
    iv[11] = n === chunks(this.size) - 1 ? 1 : 0;
    return { name: 'AES-GCM', iv, additionalData: this.#data };
  }
}

/** The hash of a sealed file: SHA-256 over those of its pieces, 32 bytes for each quarter of a megabyte. */
export class PieceHash {
  readonly #sums: Promise<ArrayBuffer>[] = [];

  add(piece: BufferSource): Promise<ArrayBuffer> {
    const sum = crypto.subtle.digest('SHA-256', piece);
    this.#sums.push(sum);
    return sum;
  }

  async sum(): Promise<Uint8Array<ArrayBuffer>> {
    const all = new Uint8Array(32 * this.#sums.length);
    (await Promise.all(this.#sums)).forEach((sum, i) => all.set(new Uint8Array(sum), 32 * i));
    return new Uint8Array(await crypto.subtle.digest('SHA-256', all));
  }
}
