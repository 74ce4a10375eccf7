import type { Core, CoreState, MethodMap, Unsubscribe } from './core';
import { CoreError, type PlainError, platformError } from './errors';
import { type ChannelLike, type Home, Leader, type TabEnvironment } from './leader';
import { type Announcement, type Broadcast, type Call, type CoreConfig, type Result, type ToLeader, names } from './protocol';

/** What a call gives, and with openFile and openSticker the file. */
interface Answer {
  // What the method gives, as its caller knows.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  value: any;
  blob: Blob | undefined;
}

interface Waiting {
  call: Call;
  resolve: (answer: Answer) => void;
  reject: (error: CoreError) => void;
}

type Handler = (data: unknown) => void;

/** Sent by the core, and here after a change of core, when events may have been missed. */
const RESET = 'reset';

/**
 * The core as one tab has it. Of the tabs of an origin one leads, which is whichever holds the lock; this one leads
 * as soon as it gets it. Calls that have no answer yet are sent again, with their ids, to every new leader.
 */
export class Tab<M extends MethodMap<M>, E> implements Core<M, E> {
  readonly #home: Home;
  readonly #own: ChannelLike;
  readonly #waiting = new Map<string, Waiting>();
  readonly #handlers = new Map<string, Set<Handler>>();
  readonly #stateHandlers = new Set<(state: CoreState) => void>();
  readonly #closing = new AbortController();
  #leader: Leader | null = null;
  /** Gives back the lock of the leader here. */
  #release: () => void = () => {};
  #leaderId = '';
  #run = '';
  #calls = 0;
  #unable: PlainError | null = null;
  #state: CoreState = { phase: 'starting' };

  constructor(
    private readonly environment: TabEnvironment,
    private readonly config: CoreConfig,
  ) {
    const id = environment.randomId();
    this.#home = {
      id,
      broadcast: environment.channel(names.broadcast),
      toLeader: environment.channel(names.leader),
      receive: (message) => this.#receive(message),
      resign: () => this.#resign(),
    };
    this.#own = environment.channel(names.tab(id));
    this.#home.broadcast.onmessage = (event: MessageEvent<Broadcast>) => this.#receive(event.data);
    this.#own.onmessage = (event: MessageEvent<Result>) => this.#receive(event.data);
    this.#home.toLeader.postMessage({ kind: 'hello' } satisfies ToLeader);
    this.#compete().catch((error: unknown) => this.#lockFailed(error));
  }

  get state(): CoreState {
    return this.#state;
  }

  call<K extends keyof M & string>(method: K, params: M[K]['params']): Promise<M[K]['result']> {
    return this.#start(method, params).then(({ value }) => value);
  }

  async putFile(file: Blob): Promise<string> {
    const { value } = await this.#start('putFile', {}, file);
    return (value as { fileId: string }).fileId;
  }

  async openFile(id: string, method: 'openFile' | 'openSticker' = 'openFile'): Promise<Blob> {
    const { blob } = await this.#start(method, { id });
    if (!blob) throw platformError('core_closed');
    return blob;
  }

  #start(method: string, params: unknown, blob?: Blob): Promise<Answer> {
    if (this.#closing.signal.aborted) return Promise.reject(platformError('core_closed'));
    if (this.#unable) return Promise.reject(new CoreError(this.#unable));
    return new Promise((resolve, reject) => {
      const id = `${this.#home.id}:${++this.#calls}`;
      const call: Call = { kind: 'call', id, method, params: JSON.stringify(params ?? {}), ...(blob ? { blob } : {}) };
      this.#waiting.set(id, { call, resolve, reject });
      if (this.#leaderId) this.#send(call);
    });
  }

  on<K extends keyof E & string>(event: K, handler: (data: E[K]) => void): Unsubscribe {
    const handlers = this.#handlers.get(event) ?? new Set();
    this.#handlers.set(event, handlers.add(handler as Handler));
    return () => void handlers.delete(handler as Handler);
  }

  onState(handler: (state: CoreState) => void): Unsubscribe {
    this.#stateHandlers.add(handler);
    return () => void this.#stateHandlers.delete(handler);
  }

  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#resign();
    for (const channel of [this.#home.broadcast, this.#home.toLeader, this.#own]) channel.close();
    this.#rejectAll(platformError('core_closed').plain());
  }

  /** Waits for the lock and leads; whoever has resigned waits behind the other tabs. */
  async #compete(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) await this.environment.lock(names.lock, signal, () => this.#lead());
  }

  /** Leads until it resigns; the lock is held as long. */
  #lead(): Promise<void> {
    if (this.#closing.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#release = resolve;
      this.#leader = new Leader(this.environment, this.config, this.#home);
      this.#leader.start();
    });
  }

  #resign(): void {
    this.#leader?.close();
    this.#leader = null;
    this.#release();
  }

  /** Without the lock there will be no leader: what waits fails, and so does what comes. */
  #lockFailed(error: unknown): void {
    if (this.#closing.signal.aborted) return;
    this.#unable = platformError('no_locks', error).plain();
    this.#setState({ phase: 'failed', error: this.#unable });
    this.#rejectAll(this.#unable);
  }

  #rejectAll(error: PlainError): void {
    for (const waiting of this.#waiting.values()) waiting.reject(new CoreError(error));
    this.#waiting.clear();
  }

  #send(call: Call): void {
    if (this.#leader) this.#leader.accept(this.#home.id, call);
    else this.#home.toLeader.postMessage({ kind: 'call', from: this.#home.id, call } satisfies ToLeader);
  }

  #receive(message: Broadcast | Result): void {
    switch (message.kind) {
      case 'state':
        this.#follow(message);
        break;
      case 'event':
        this.#emit(message.name, JSON.parse(message.data));
        break;
      case 'result':
        this.#settle(message);
    }
  }

  /** Takes note of who leads and how its core is doing. */
  #follow(leader: Announcement): void {
    if (leader.leader !== this.#leaderId) {
      this.#leaderId = leader.leader;
      for (const { call } of this.#waiting.values()) this.#send(call);
    }
    this.#setState(toState(leader, this.#run !== ''));
    if (leader.phase !== 'ready') return;
    const before = this.#run;
    this.#run = `${leader.leader}:${leader.run}`;
    if (before !== '' && before !== this.#run) this.#emit(RESET, {});
  }

  #settle(result: Result): void {
    const waiting = this.#waiting.get(result.id);
    if (!waiting) return;
    this.#waiting.delete(result.id);
    if ('error' in result) waiting.reject(new CoreError(result.error));
    else waiting.resolve({ value: JSON.parse(result.result), blob: result.blob });
  }

  /** An announcement may repeat what is known: it was made for a tab that has just come. */
  #setState(state: CoreState): void {
    const { phase, storage, error } = this.#state;
    if (state.phase === phase && state.storage === storage && state.error?.code === error?.code) return;
    this.#state = state;
    for (const handler of [...this.#stateHandlers]) isolate(() => handler(state));
  }

  #emit(name: string, data: unknown): void {
    for (const handler of [...(this.#handlers.get(name) ?? [])]) isolate(() => handler(data));
  }
}

function toState(leader: Announcement, wasReady: boolean): CoreState {
  return {
    phase: leader.phase === 'starting' && wasReady ? 'restarting' : leader.phase,
    ...(leader.storage ? { storage: leader.storage } : {}),
    ...(leader.error ? { error: leader.error } : {}),
  };
}

/** Runs a handler of the UI; its error is the page's, not that of what called it. */
function isolate(run: () => void): void {
  try {
    run();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
