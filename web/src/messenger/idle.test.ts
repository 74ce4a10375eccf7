import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchUse } from './idle';

const minute = 60_000;
const windows: Window[] = [];

/** A window of the app: things happen in it, and it hears the others. */
class Window extends EventTarget {
  locked = 0;
  channel = { onmessage: null as ((event: MessageEvent) => void) | null, postMessage: () => this.tell(), close: () => (this.channel.onmessage = null) };
  stop: () => void;

  constructor(after = 5 * minute) {
    super();
    windows.push(this);
    this.stop = watchUse({ window: this as never, channel: this.channel }, after, () => this.locked++);
  }

  tell(): void {
    for (const other of windows) if (other !== this) other.channel.onmessage?.(new MessageEvent('message'));
  }

  does(what: string): void {
    this.dispatchEvent(new Event(what));
  }
}

describe('time without use (M38)', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => {
    for (const window of windows.splice(0)) window.stop();
    vi.useRealTimers();
  });

  it('locks when it is over, not before', () => {
    const window = new Window();
    vi.advanceTimersByTime(5 * minute - 1);
    expect(window.locked).toBe(0);
    vi.advanceTimersByTime(1);
    expect(window.locked).toBe(1);
  });

  it('asks again while it is not locked', () => {
    const window = new Window();
    vi.advanceTimersByTime(5 * minute);
    vi.advanceTimersByTime(10_000);
    expect(window.locked).toBe(2);
  });

  it.each(['pointermove', 'pointerdown', 'keydown', 'wheel', 'touchstart'])('begins anew with a %s', (what) => {
    const window = new Window();
    vi.advanceTimersByTime(4 * minute);
    window.does(what);
    vi.advanceTimersByTime(4 * minute);
    expect(window.locked).toBe(0);
    vi.advanceTimersByTime(minute);
    expect(window.locked).toBe(1);
  });

  it('counts what is done in another window', () => {
    const [first, second] = [new Window(), new Window()];
    for (let i = 0; i < 10; i++) {
      vi.advanceTimersByTime(minute);
      second.does('keydown');
    }
    expect(first.locked).toBe(0);
    vi.advanceTimersByTime(5 * minute);
    expect([first.locked, second.locked]).toEqual([1, 1]);
  });

  it('locks before the first key after a sleep counts as use', () => {
    const window = new Window();
    vi.setSystemTime(Date.now() + 60 * minute); // timers did not run
    window.does('keydown');
    expect(window.locked).toBe(1);
  });

  it('looks at the clock when the window comes back', () => {
    const window = new Window();
    vi.setSystemTime(Date.now() + 60 * minute);
    window.does('focus');
    expect(window.locked).toBe(1);
  });

  it('does nothing without a time, nor once it has ended', () => {
    const [never, ended] = [new Window(0), new Window()];
    ended.stop();
    vi.advanceTimersByTime(600 * minute);
    ended.does('keydown');
    never.does('keydown');
    expect([never.locked, ended.locked]).toEqual([0, 0]);
  });
});
