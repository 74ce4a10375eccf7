import type { Storage } from './core';
import type { PlainError } from './errors';
import { type Announcement, type Broadcast, type Call, type CoreConfig, type CoreEvent, type Result, type ToLeader, names } from './protocol';
import { Supervisor, type SupervisorEnvironment, type SupervisorListener } from './supervisor';

/** What is used of a BroadcastChannel. */
export interface ChannelLike {
  postMessage(message: unknown): void;
  close(): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

/** What tabs need of the browser. */
export interface TabEnvironment extends SupervisorEnvironment {
  /** Runs hold while no other tab of this origin runs its own; see navigator.locks. Rejects when aborted. */
  lock(name: string, signal: AbortSignal, hold: () => Promise<void>): Promise<void>;
  channel(name: string): ChannelLike;
  /** An id that no other tab has. */
  randomId(): string;
}

/** The tab in which a leader lives. It is talked to directly, and lends its channels, which do not hear themselves. */
export interface Home {
  readonly id: string;
  readonly broadcast: ChannelLike;
  readonly toLeader: ChannelLike;
  receive(message: Broadcast | Result): void;
  /** Ends the leadership, so that the tab that has waited longest leads. */
  resign(): void;
}

/**
 * The tab that leads: it owns the worker, answers the calls of all tabs and passes the core's events on to them.
 * There must be one at a time; the lock that tab.ts takes sees to that.
 *
 * When its core has failed it leads on, so that calls are answered with the reason, until a tab is opened or reloaded:
 * then it resigns, and the next leader tries anew, perhaps with a newer version of this program.
 */
export class Leader implements SupervisorListener {
  readonly #id: string;
  readonly #tabs = new Map<string, ChannelLike>();
  readonly #callers = new Map<string, string>();
  readonly #supervisor: Supervisor;
  #announcement: Announcement;

  constructor(
    private readonly environment: TabEnvironment,
    config: CoreConfig,
    private readonly home: Home,
  ) {
    this.#id = environment.randomId();
    this.#announcement = { kind: 'state', leader: this.#id, run: 0, phase: 'starting' };
    this.#supervisor = new Supervisor(environment, config, this);
  }

  /** Begins to lead. */
  start(): void {
    this.home.toLeader.onmessage = (event: MessageEvent<ToLeader>) => this.#hear(event.data);
    this.#supervisor.start();
  }

  /** Runs a call of the tab with that id. */
  accept(from: string, call: Call): void {
    this.#callers.set(call.id, from);
    this.#supervisor.call(call);
  }

  /** Stops leading: the worker ends, and with it the hold on the storage. */
  close(): void {
    this.#supervisor.close();
    this.home.toLeader.onmessage = null;
    for (const channel of this.#tabs.values()) channel.close();
  }

  starting(): void {
    this.#announce({ ...this.#base(), phase: 'starting' });
  }

  ready(storage: Storage): void {
    this.#announce({ ...this.#base(), run: this.#announcement.run + 1, phase: 'ready', storage });
  }

  failed(error: PlainError): void {
    this.#announce({ ...this.#base(), phase: 'failed', error });
  }

  event(event: CoreEvent): void {
    this.#toAll(event);
  }

  result(result: Result): void {
    const to = this.#callers.get(result.id);
    this.#callers.delete(result.id);
    if (to === this.home.id) this.home.receive(result);
    else if (to !== undefined) this.#tab(to).postMessage(result);
  }

  #hear(message: ToLeader): void {
    if (message.kind === 'call') this.accept(message.from, message.call);
    else if (this.#announcement.phase === 'failed') this.home.resign();
    else this.home.broadcast.postMessage(this.#announcement);
  }

  #base(): { kind: 'state'; leader: string; run: number } {
    return { kind: 'state', leader: this.#id, run: this.#announcement.run };
  }

  #announce(announcement: Announcement): void {
    this.#announcement = announcement;
    this.#toAll(announcement);
  }

  #toAll(message: Broadcast): void {
    this.home.broadcast.postMessage(message);
    this.home.receive(message);
  }

  /** The channel only that tab listens to, so that a large result does not go to all. */
  #tab(id: string): ChannelLike {
    let channel = this.#tabs.get(id);
    if (!channel) this.#tabs.set(id, (channel = this.environment.channel(names.tab(id))));
    return channel;
  }
}
