/** An error as data: what the Go core answers (`Error` of api.gen.ts) and what crosses between worker and tabs. */
export interface PlainError {
  /** A stable name for programs. */
  code: string;
  /** One plain sentence for the person. */
  message: string;
  /** When a retry makes sense, milliseconds from now. */
  retryAfterMs?: number;
  /** How many tries remain. */
  triesLeft?: number;
}

/** What a call to the core fails with. */
export class CoreError extends Error {
  override readonly name = 'CoreError';
  readonly code: string;
  readonly retryAfterMs: number | undefined;
  readonly triesLeft: number | undefined;

  constructor(error: PlainError, options?: ErrorOptions) {
    super(error.message, options);
    this.code = error.code;
    this.retryAfterMs = error.retryAfterMs;
    this.triesLeft = error.triesLeft;
  }

  /** The error as data. */
  plain(): PlainError {
    const { code, message, retryAfterMs, triesLeft } = this;
    return {
      code,
      message,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(triesLeft === undefined ? {} : { triesLeft }),
    };
  }
}

/** Failures of the browser platform itself; the Go core has its own codes. */
export const platformErrors = {
  insecure_context: 'Parley needs a secure connection. Open this page with https.',
  no_webassembly: 'This browser cannot run Parley. Update it, or open Parley in another one.',
  no_locks: 'This browser is too old for Parley. Update it, or open Parley in another one.',
  wasm_download: 'Parley could not be downloaded. Check your connection and try again.',
  wasm_invalid: 'Parley could not be started. Reload the page to get it anew.',
  storage_busy: 'Another window holds your messages. Close other Parley windows and try again.',
  storage_failed: 'This browser did not open the place where your messages are kept. Reload the page to try again.',
  core_crashed: 'Something went wrong inside Parley while it did this. Try again.',
  core_failed: 'Parley stopped several times in a row. Reload the page to start it again.',
  core_closed: 'Parley was closed in this window. Reload the page.',
} as const;

export type PlatformCode = keyof typeof platformErrors;

/** The error with that code. */
export function platformError(code: PlatformCode, cause?: unknown): CoreError {
  return new CoreError({ code, message: platformErrors[code] }, cause === undefined ? undefined : { cause });
}

/** Anything thrown, as an error with a code: what has none gets the fallback. */
export function toCoreError(error: unknown, fallback: PlatformCode): CoreError {
  return error instanceof CoreError ? error : platformError(fallback, error);
}

/** What went wrong with a file in the worker, with the codes of the core. */
const fileErrors: Record<string, PlainError> = {
  full: { code: 'local_storage_full', message: 'This device has no room left. Make some room, then try again; nothing was lost.' },
  lost: { code: 'file_not_here', message: 'This file is not on this device yet. Download it first.' },
  damaged: { code: 'file_damaged', message: 'This file did not come as it was sent. Ask the sender to send it again.' },
  unavailable: { code: 'files_unavailable', message: 'Files cannot be kept here. Use the app in another browser, outside of a private window.' },
  unreadable: { code: 'file_unreadable', message: 'This file cannot be read. Check that it is there and not being changed, then try again.' },
};

/** Anything thrown by what handles files, as an error with a code: a file that a page brought may not be readable. */
export function toFileError(error: unknown): CoreError {
  if (error instanceof CoreError) return error;
  const code = (error as { code?: unknown } | null)?.code;
  return new CoreError(fileErrors[String(code)] ?? (fileErrors.unreadable as PlainError), { cause: error });
}
