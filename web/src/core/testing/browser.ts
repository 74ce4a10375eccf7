// A browser for tests of the core's tabs: locks, channels and workers that behave as the real ones do, with tabs that
// can be closed or crash, and time that a test moves.
import type { ChannelLike, TabEnvironment } from '../leader';
import type { Call, FromWorker, ToWorker } from '../protocol';
import type { WorkerLike } from '../supervisor';

/** A worker whose core is played by the test. */
export class FakeWorker implements WorkerLike {
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null = null;
  onerror: ((event: ErrorEvent) => void) | null = null;
  terminated = false;
  started = false;
  readonly calls: Call[] = [];

  postMessage(message: ToWorker): void {
    if (message.kind === 'start') this.started = true;
    else this.calls.push(message);
  }

  terminate(): void {
    this.terminated = true;
  }

  /** The core says something. */
  say(message: FromWorker): void {
    if (!this.terminated) this.onmessage?.({ data: message } as MessageEvent<FromWorker>);
  }

  ready(): void {
    this.say({ kind: 'ready', storage: 'opfs' });
  }

  /** Answers every call so far with what it was asked, and forgets them. */
  answer(): void {
    for (const { id, method, params } of this.calls.splice(0)) {
      this.say({ kind: 'result', id, result: JSON.stringify({ method, params: JSON.parse(params) as unknown }) });
    }
  }

  event(name: string, data: unknown): void {
    this.say({ kind: 'event', name, data: JSON.stringify(data) });
  }

  /** The script could not be loaded, or threw. */
  breakDown(): void {
    if (!this.terminated) this.onerror?.({} as ErrorEvent);
  }
}

interface Channel extends ChannelLike {
  name: string;
  tab: FakeTab;
}

interface LockRequest {
  tab: FakeTab;
  grant: () => void;
}

/** One tab: what it opens ends with it. */
export class FakeTab implements TabEnvironment {
  dead = false;
  readonly workers: FakeWorker[] = [];

  constructor(
    private readonly browser: FakeBrowser,
    private readonly name: string,
  ) {}

  /** The worker that runs now. */
  get worker(): FakeWorker {
    const worker = this.workers.at(-1);
    if (!worker) throw new Error(`tab ${this.name} has no worker`);
    return worker;
  }

  /** Ends as when the tab crashes: at once, with no last words. */
  crash(): void {
    this.dead = true;
    for (const worker of this.workers) worker.terminate();
    this.browser.release(this);
  }

  async lock(_name: string, signal: AbortSignal, hold: () => Promise<void>): Promise<void> {
    if (this.browser.lockError) throw this.browser.lockError;
    await new Promise<void>((resolve, reject) => {
      const request = { tab: this, grant: resolve };
      signal.addEventListener('abort', () => this.browser.withdraw(request) && reject(signal.reason as Error), { once: true });
      this.browser.request(request);
    });
    await hold();
    this.browser.release(this);
  }

  channel(name: string): ChannelLike {
    return this.browser.open(name, this);
  }

  randomId(): string {
    return this.browser.nextId(this.name);
  }

  startWorker(): WorkerLike {
    const worker = new FakeWorker();
    this.workers.push(worker);
    return worker;
  }

  now(): number {
    return this.browser.time;
  }

  setTimeout(run: () => void, ms: number): void {
    this.browser.timers.push({ at: this.browser.time + ms, run: () => this.dead || run() });
  }
}

export class FakeBrowser {
  time = 0;
  lockError: Error | null = null;
  readonly timers: { at: number; run: () => void }[] = [];
  readonly #channels = new Set<Channel>();
  #locks: LockRequest[] = [];
  #ids = 0;

  tab(name: string): FakeTab {
    return new FakeTab(this, name);
  }

  /** Moves time on and runs what was due. */
  async advance(ms: number): Promise<void> {
    this.time += ms;
    for (const timer of this.timers.splice(0)) {
      if (timer.at <= this.time) timer.run();
      else this.timers.push(timer);
    }
    await settle();
  }

  nextId(name: string): string {
    return `${name}-${++this.#ids}`;
  }

  request(request: LockRequest): void {
    this.#locks.push(request);
    if (this.#locks.length === 1) queueMicrotask(request.grant);
  }

  /** Takes back a request that waits; one that was granted stays until its tab releases it. */
  withdraw(request: LockRequest): boolean {
    const at = this.#locks.indexOf(request);
    if (at < 1) return false;
    this.#locks.splice(at, 1);
    return true;
  }

  release(tab: FakeTab): void {
    const held = this.#locks[0];
    this.#locks = this.#locks.filter((request) => request.tab !== tab);
    const next = this.#locks[0];
    if (next && next !== held) queueMicrotask(next.grant);
  }

  open(name: string, tab: FakeTab): ChannelLike {
    const channel: Channel = {
      name,
      tab,
      onmessage: null,
      postMessage: (message) => this.#post(channel, structuredClone(message)),
      close: () => void this.#channels.delete(channel),
    };
    this.#channels.add(channel);
    return channel;
  }

  /** Delivers to every other channel of that name, later, as BroadcastChannel does. */
  #post(from: Channel, data: unknown): void {
    if (!this.#channels.has(from)) throw new DOMException('channel is closed', 'InvalidStateError');
    if (from.tab.dead) return;
    for (const channel of this.#channels) {
      if (channel.name !== from.name || channel === from) continue;
      queueMicrotask(() => {
        if (this.#channels.has(channel) && !channel.tab.dead) channel.onmessage?.({ data } as MessageEvent);
      });
    }
  }
}

/** Lets everything happen that needs no time to pass. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}
