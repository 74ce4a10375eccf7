// Seals files of the pool that opfs-sahpool keeps, below it: while a key stands for a file, what its access handle reads
// and writes behind the pool's own header is the plaintext of a SealedFile. Loaded when a lock is on or turned on.
import { DamagedError, type FileHandle, SealedFile } from './file';
import { type Layout, database, log, temporary } from './layout';
import { KEY_BYTES } from './record';

/** The pool's header of each file: its name, ended by a zero byte, and more; then the content (class OpfsSAHPool). */
const POOL_HEADER_BYTES = 4096;
const NAME_BYTES = 512;

interface Handle extends FileHandle {
  flush(): void;
}

/** A handle that was used: which file it is, and how it is sealed, if it is. */
interface Known {
  path: string;
  sealed: SealedFile | null;
}

const decoder = new TextDecoder();

/** The keys of sealed databases, and the handles that they concern. */
export class SealedPool {
  readonly #keys = new Map<string, Uint8Array>();
  readonly #known = new Map<Handle, Known>();
  /** Seals SQLite's temporary files; gone with the worker, as are they. */
  readonly #ownKey = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  #damage: DamagedError | null = null;

  /** Works for all handles that have this prototype. */
  constructor(prototype: Handle) {
    const { read, write, truncate, getSize, flush } = prototype;
    const raw = (handle: Handle): FileHandle => ({
      read: (buffer, options) => read.call(handle, buffer, options),
      write: (buffer, options) => write.call(handle, buffer, options),
      truncate: (size) => truncate.call(handle, size),
      getSize: () => getSize.call(handle),
    });
    const sealedOf = (handle: Handle) => (this.#known.get(handle) ?? this.#know(handle, raw(handle), nameIn(raw(handle)))).sealed;
    const pool = this;
    const replaced: Handle = {
      read(this: Handle, buffer, options) {
        const sealed = options.at < POOL_HEADER_BYTES ? null : sealedOf(this);
        return sealed ? pool.#guard(() => sealed.read(buffer, options.at - POOL_HEADER_BYTES)) : read.call(this, buffer, options);
      },
      write(this: Handle, buffer, options) {
        const sealed = options.at < POOL_HEADER_BYTES ? null : sealedOf(this);
        if (sealed) return pool.#guard(() => sealed.write(buffer, options.at - POOL_HEADER_BYTES));
        if (options.at === 0) pool.#named(this, raw(this), nameOf(buffer));
        return write.call(this, buffer, options);
      },
      truncate(this: Handle, size) {
        const sealed = sealedOf(this);
        if (sealed) pool.#guard(() => sealed.truncate(size - POOL_HEADER_BYTES));
        else truncate.call(this, size);
      },
      getSize(this: Handle) {
        const sealed = sealedOf(this);
        return sealed ? POOL_HEADER_BYTES + sealed.size : getSize.call(this);
      },
      flush(this: Handle) {
        pool.#known.get(this)?.sealed?.settle();
        flush.call(this);
      },
    };
    for (const [name, value] of Object.entries(replaced)) Object.defineProperty(prototype, name, { configurable: true, writable: true, value });
  }

  /** From now on the database of that path and its log are sealed with the key, of which this keeps a copy. */
  use(path: string, key: Uint8Array): void {
    this.forget(path);
    this.#keys.set(path, key.slice());
  }

  /** Nothing of that path is sealed from now on; it must be closed. */
  forget(path: string): void {
    this.#keys.get(path)?.fill(0);
    this.#keys.delete(path);
    for (const [handle, known] of this.#known) if (databaseOf(known.path) === path) this.#known.delete(handle);
  }

  /** Whether the sealed database of that path, which SQLite has opened, has nothing in it yet. */
  isEmpty(path: string): boolean {
    return [...this.#known.values()].some((known) => known.path === path && known.sealed?.size === 0);
  }

  /** Copies the content of a file to another, which is empty; SQLite has both open. It is on the disk when this returns. */
  copy(from: string, to: string, buffer: Uint8Array<ArrayBuffer>): void {
    const [source, target] = [this.#handleOf(from), this.#handleOf(to)];
    for (let at = POOL_HEADER_BYTES; at < source.getSize(); at += buffer.length) {
      const part = buffer.subarray(0, source.read(buffer, { at }));
      if (target.write(part, { at }) < part.length) throw new Error('a write was cut off');
    }
    target.flush();
  }

  #handleOf(path: string): Handle {
    for (const [handle, known] of this.#known) if (known.path === path) return handle;
    throw new Error('a file that is not open');
  }

  /** The damage that was met since the last call. */
  takeDamage(): DamagedError | null {
    const damage = this.#damage;
    this.#damage = null;
    return damage;
  }

  #know(handle: Handle, raw: FileHandle, path: string): Known {
    const key = this.#keys.get(databaseOf(path));
    const layout = layoutOf(path);
    const known = { path, sealed: key && layout ? new SealedFile(raw, POOL_HEADER_BYTES, layout, key) : null };
    this.#known.set(handle, known);
    return known;
  }

  /** A file gets a name, or loses it. A name that is not a path is SQLite's, for what it puts aside. */
  #named(handle: Handle, raw: FileHandle, path: string): void {
    const key = this.#keys.get(databaseOf(path));
    if (key && !layoutOf(path)) throw new Error('a sealed database has no other journal than a log');
    this.#known.delete(handle);
    if (!path || path.startsWith('/')) return; // It is known when it is first used.
    this.#known.set(handle, { path, sealed: new SealedFile(raw, POOL_HEADER_BYTES, temporary, this.#ownKey) });
  }

  #guard<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (error instanceof DamagedError) this.#damage = error;
      throw error;
    }
  }
}

function layoutOf(path: string): Layout | null {
  if (path.endsWith('-wal')) return log;
  return path.endsWith('-journal') ? null : database;
}

function databaseOf(path: string): string {
  return path.replace(/-(?:wal|journal)$/, '');
}

function nameIn(raw: FileHandle): string {
  const header = new Uint8Array(NAME_BYTES);
  raw.read(header, { at: 0 });
  return nameOf(header);
}

function nameOf(header: Uint8Array): string {
  const end = header.indexOf(0);
  return decoder.decode(header.subarray(0, end < 0 ? NAME_BYTES : Math.min(end, NAME_BYTES)));
}
