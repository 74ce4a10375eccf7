// What is said between a tab, the tab that leads, and its worker. Parameters, results and events stay JSON text all
// the way, so that nothing in between takes them apart.
import type { Storage } from './core';
import type { PlainError } from './errors';

/** A method to run. Its id is unique among all tabs. */
export interface Call {
  kind: 'call';
  id: string;
  method: string;
  params: string;
  /** With putFile: the file. */
  blob?: Blob;
}

/** The answer to the call with that id. */
export type Result = { kind: 'result'; id: string; result: string; blob?: Blob } | { kind: 'result'; id: string; error: PlainError };

/** Something that happened in the core. */
export interface CoreEvent {
  kind: 'event';
  name: string;
  data: string;
}

/** The first message to a worker. */
export interface Start {
  kind: 'start';
  config: CoreConfig;
}

/** What the page tells the core about itself; the type config of cmd/parley-wasm. */
export interface CoreConfig {
  /** How this device is called until the person gives it another name. */
  deviceName: string;
}

export type ToWorker = Start | Call;

export type FromWorker =
  | { kind: 'ready'; storage: Storage }
  /** The core could not be started, and trying again at once would not help. */
  | { kind: 'failed'; error: PlainError }
  /** The core has stopped in the middle and must be started anew. */
  | { kind: 'fatal' }
  | Result
  | CoreEvent;

/** How a leader's core is doing; also how a leader makes itself known. */
export interface Announcement {
  kind: 'state';
  /** Unique for each tab that leads. */
  leader: string;
  /** Counts the cores this leader has started. */
  run: number;
  phase: 'starting' | 'ready' | 'failed';
  storage?: Storage;
  error?: PlainError;
}

/** From a leader to all tabs. */
export type Broadcast = Announcement | CoreEvent;

/** From a tab to whoever leads. hello asks for an Announcement. */
export type ToLeader = { kind: 'hello' } | { kind: 'call'; from: string; call: Call };

/** Names of the locks and channels that tabs of this origin share. */
export const names = {
  lock: 'parley-core',
  broadcast: 'parley-core',
  leader: 'parley-core-leader',
  tab: (id: string) => `parley-core-tab-${id}`,
} as const;
