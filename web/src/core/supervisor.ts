import type { Storage } from './core';
import { type PlainError, platformError } from './errors';
import type { Call, CoreConfig, CoreEvent, FromWorker, Result, ToWorker } from './protocol';

/** What is used of a Worker. */
export interface WorkerLike {
  postMessage(message: ToWorker): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

/** What a supervisor needs of the browser. */
export interface SupervisorEnvironment {
  startWorker(): WorkerLike;
  /** Milliseconds that only grow. */
  now(): number;
  setTimeout(run: () => void, ms: number): void;
}

/** Where a supervisor reports to. */
export interface SupervisorListener {
  starting(): void;
  ready(storage: Storage): void;
  failed(error: PlainError): void;
  result(result: Result): void;
  event(event: CoreEvent): void;
}

/** Waits before the first, second and third restart within WINDOW_MS; at a fourth the core has failed. */
const RESTART_WAITS_MS = [0, 500, 2000];
const WINDOW_MS = 60_000;

/** How many cores may stop with a call unanswered before the call is blamed and fails. */
const MAX_ATTEMPTS = 2;

/**
 * Owns the worker: starts it, starts it anew when the core has stopped, and sees to it that every call is answered
 * once, by its result or by an error. Calls that wait are sent again to the new core.
 */
export class Supervisor {
  readonly #calls = new Map<string, { call: Call; attempts: number }>();
  #worker: WorkerLike | null = null;
  #phase: 'starting' | 'ready' | 'failed' = 'starting';
  #error: PlainError | null = null;
  #stops: number[] = [];
  #closed = false;

  constructor(
    private readonly environment: SupervisorEnvironment,
    private readonly config: CoreConfig,
    private readonly listener: SupervisorListener,
  ) {}

  start(): void {
    if (this.#closed) return;
    this.#phase = 'starting';
    this.listener.starting();
    const worker = this.environment.startWorker();
    this.#worker = worker;
    worker.onmessage = (event) => this.#receive(event.data);
    worker.onerror = () => this.#broken();
    worker.postMessage({ kind: 'start', config: this.config });
  }

  /** Runs a call. One with an id that is being answered already is not run again. */
  call(call: Call): void {
    if (this.#calls.has(call.id)) return;
    if (this.#error) {
      this.listener.result({ kind: 'result', id: call.id, error: this.#error });
      return;
    }
    const entry = { call, attempts: 0 };
    this.#calls.set(call.id, entry);
    if (this.#phase === 'ready') this.#send(entry);
  }

  close(): void {
    this.#closed = true;
    this.#end();
  }

  #send(entry: { call: Call; attempts: number }): void {
    entry.attempts++;
    this.#worker?.postMessage(entry.call);
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        this.#phase = 'ready';
        this.listener.ready(message.storage);
        for (const entry of this.#calls.values()) this.#send(entry);
        break;
      case 'result':
        if (this.#calls.delete(message.id)) this.listener.result(message);
        break;
      case 'event':
        this.listener.event(message);
        break;
      case 'failed':
        this.#fail(message.error);
        break;
      case 'fatal':
        this.#restart();
    }
  }

  /** The worker's script failed: before the core was ready it was not to be had, afterwards it stopped. */
  #broken(): void {
    if (this.#phase === 'ready') this.#restart();
    else this.#fail(platformError('wasm_download').plain());
  }

  #restart(): void {
    this.#end();
    const now = this.environment.now();
    this.#stops = [...this.#stops.filter((at) => now - at < WINDOW_MS), now];
    for (const [id, { attempts }] of this.#calls) {
      if (attempts >= MAX_ATTEMPTS) this.#reject(id, platformError('core_crashed').plain());
    }
    const wait = RESTART_WAITS_MS[this.#stops.length - 1];
    if (wait === undefined) {
      this.#fail(platformError('core_failed').plain());
      return;
    }
    this.#phase = 'starting';
    this.listener.starting();
    this.environment.setTimeout(() => this.start(), wait);
  }

  #fail(error: PlainError): void {
    this.#end();
    this.#phase = 'failed';
    this.#error = error;
    this.listener.failed(error);
    for (const id of [...this.#calls.keys()]) this.#reject(id, error);
  }

  #reject(id: string, error: PlainError): void {
    this.#calls.delete(id);
    this.listener.result({ kind: 'result', id, error });
  }

  #end(): void {
    if (!this.#worker) return;
    this.#worker.onmessage = null;
    this.#worker.onerror = null;
    this.#worker.terminate();
    this.#worker = null;
  }
}
