/** A failure with a stable code for programs and one plain sentence for the person. */
export class CoreError extends Error {
  override readonly name = 'CoreError';

  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What a CoreError becomes on its way between worker and tabs. */
export interface PlainError {
  code: string;
  message: string;
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

export function platformError(code: PlatformCode, cause?: unknown): CoreError {
  return new CoreError(code, platformErrors[code], cause === undefined ? undefined : { cause });
}

/** The code and sentence of anything thrown; what has no code gets the fallback. */
export function plain(error: unknown, fallback: PlatformCode): PlainError {
  if (error instanceof CoreError) return { code: error.code, message: error.message };
  return { code: fallback, message: platformErrors[fallback] };
}
