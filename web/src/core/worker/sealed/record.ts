// One record of a sealed file: a random nonce, then XChaCha20-Poly1305 of the plaintext with its tag
// (draft-irtf-cfrg-xchacha-03). What is authenticated beside it says which record of which file it is, so that none can
// take the place of another.
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';

/** Bytes of a key. */
export const KEY_BYTES = 32;

const NONCE_BYTES = 24;
const TAG_BYTES = 16;

/** How much longer a record is on the disk than in plaintext. */
export const OVERHEAD = NONCE_BYTES + TAG_BYTES;

/** Random bytes that say which file a record belongs to. */
export const FILE_ID_BYTES = 16;

/** The format of records; part of what is authenticated. */
const VERSION = 1;

/** Nonces are drawn from the browser by the hundred: the call costs more than the bytes. */
const NONCES = 128;

/** Seals and opens the records of one file; gives views of its own buffers, which the next call overwrites. */
export class Sealer {
  readonly #key: Uint8Array;
  readonly #about = new Uint8Array(2 + FILE_ID_BYTES + 8);
  readonly #aboutView = new DataView(this.#about.buffer);
  readonly #nonces = new Uint8Array(NONCE_BYTES * NONCES);
  readonly #sealed: Uint8Array<ArrayBuffer>;
  readonly #plain: Uint8Array<ArrayBuffer>;
  #nonce = NONCES;

  /** Records have at most `largest` bytes of plaintext. `kind` tells files apart that have another layout. */
  constructor(key: Uint8Array, kind: number, largest: number) {
    if (key.length !== KEY_BYTES) throw new Error('a key has 32 bytes');
    this.#key = key;
    this.#about.set([VERSION, kind]);
    this.#sealed = new Uint8Array(largest + OVERHEAD);
    this.#plain = new Uint8Array(largest);
  }

  /** Which file the records belong to from now on. */
  set fileId(id: Uint8Array) {
    this.#about.set(id, 2);
  }

  /** Where to read a record of that many bytes on the disk to, for open. */
  buffer(bytes: number): Uint8Array<ArrayBuffer> {
    return this.#sealed.subarray(0, bytes);
  }

  seal(index: number, plain: Uint8Array): Uint8Array<ArrayBuffer> {
    const sealed = this.#sealed.subarray(0, plain.length + OVERHEAD);
    const nonce = this.#nextNonce();
    sealed.set(nonce);
    xchacha20poly1305(this.#key, nonce, this.#aboutRecord(index)).encrypt(plain, sealed.subarray(NONCE_BYTES));
    return sealed;
  }

  /** The plaintext of a record, or null for one that was not sealed as this record of this file with this key. */
  open(index: number, sealed: Uint8Array): Uint8Array<ArrayBuffer> | null {
    const plain = this.#plain.subarray(0, sealed.length - OVERHEAD);
    const cipher = xchacha20poly1305(this.#key, sealed.subarray(0, NONCE_BYTES), this.#aboutRecord(index));
    try {
      cipher.decrypt(sealed.subarray(NONCE_BYTES), plain);
      return plain;
    } catch {
      return null; // The tag is wrong: with lengths as they are here there is no other failure.
    }
  }

  #aboutRecord(index: number): Uint8Array {
    this.#aboutView.setBigUint64(2 + FILE_ID_BYTES, BigInt(index), true);
    return this.#about;
  }

  #nextNonce(): Uint8Array {
    if (this.#nonce === NONCES) {
      crypto.getRandomValues(this.#nonces);
      this.#nonce = 0;
    }
    const at = NONCE_BYTES * this.#nonce++;
    return this.#nonces.subarray(at, at + NONCE_BYTES);
  }
}
