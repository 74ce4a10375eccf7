// For tests: a file in memory that behaves as one with a synchronous access handle.
import type { FileHandle } from './file';

export class FakeFile implements FileHandle {
  bytes = new Uint8Array(0);
  /** Bytes that the next write still writes before it is cut off, as when the power fails; then all others write nothing. */
  writesLeft = Infinity;

  read(buffer: Uint8Array, { at }: { at: number }): number {
    const there = this.bytes.subarray(at, at + buffer.length);
    buffer.set(there);
    return there.length;
  }

  write(buffer: Uint8Array, { at }: { at: number }): number {
    const part = buffer.subarray(0, this.writesLeft);
    this.writesLeft -= part.length;
    if (part.length === 0) return 0;
    this.#resize(Math.max(this.bytes.length, at + part.length));
    this.bytes.set(part, at);
    return part.length;
  }

  truncate(size: number): void {
    if (this.writesLeft > 0) this.#resize(size);
  }

  getSize(): number {
    return this.bytes.length;
  }

  flush(): void {}

  #resize(size: number): void {
    if (size === this.bytes.length) return;
    const bytes = new Uint8Array(size);
    bytes.set(this.bytes.subarray(0, size));
    this.bytes = bytes;
  }
}
