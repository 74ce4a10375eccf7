// The core API as the UI sees it. Which transport carries it (a worker, another tab, the desktop's socket) is chosen
// where the core is made; nothing else needs to know.

/** Methods by name with what they take and give: `Methods` of api.gen.ts. */
export type MethodMap<M> = { [K in keyof M]: { params: unknown; result: unknown } };

/** Ends what it was given for; calling it twice does no harm. */
export type Unsubscribe = () => void;

/** Where the core keeps its data: in the browser's private files, or in memory until the page closes. */
export type Storage = 'opfs' | 'memory';

/** How the core in this browser is doing. This is about the program, not about the account or the network. */
export interface CoreState {
  /**
   * starting: calls wait. ready: calls are answered. restarting: the core had stopped and starts again, or another
   * tab takes it over; calls wait and are then answered. failed: calls fail with `error` until a page of Parley is loaded.
   */
  phase: 'starting' | 'ready' | 'restarting' | 'failed';
  /** Known once ready. With memory, say so to the person: everything is gone when the page closes. */
  storage?: Storage;
  /** With failed: why, and what to do. */
  error?: { code: string; message: string };
}

/**
 * The client core. `call` rejects with a CoreError only.
 *
 * Events come in the order in which the core sent them. Between an event and the result of a call there is no order.
 * After a restart or a takeover the event `reset` comes, since events may have been missed: read again what is shown.
 */
export interface Core<M extends MethodMap<M>, E> {
  /**
   * Runs a method. A call may run twice, when the core stopped before it had answered. That does no harm, but the
   * second run may fail where the first used up a code (`register`, `acceptLink`) or it is too soon for another one
   * (`requestCode`); package client/api has the details.
   */
  call<K extends keyof M & string>(method: K, params: M[K]['params']): Promise<M[K]['result']>;
  /**
   * Gives the core a file to be sent, and returns its id for `sendMedia`. It is sealed and kept in the browser's private
   * files, so that what happens to the original does not matter, and an upload goes on after a reload (M98).
   */
  putFile(file: Blob): Promise<string>;
  /** Opens the file of a message, or a sticker, that is on this device; with a type that nothing runs in. */
  openFile(id: string, method?: 'openFile' | 'openSticker'): Promise<Blob>;
  /** Has handler called for each event of that name until unsubscribed. */
  on<K extends keyof E & string>(event: K, handler: (data: E[K]) => void): Unsubscribe;
  /** How the core is doing now. */
  readonly state: CoreState;
  /** Has handler called whenever `state` has changed. */
  onState(handler: (state: CoreState) => void): Unsubscribe;
  /** Lets go of the core in this tab; calls that wait fail with core_closed. */
  close(): void;
}
