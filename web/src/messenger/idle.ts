/** What people do, as windows hear it. */
const signs = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;
/** What happens to a window when the person, or the computer, comes back. */
const returns = ['focus', 'pageshow', 'visibilitychange'] as const;

/** Milliseconds between looks at the clock: timers stand still while the computer sleeps. */
const look = 10_000;
/** Other windows hear of what is done here at most this often, milliseconds. */
const tellEvery = 1000;

/** What is needed of a browser. */
export interface IdleEnvironment {
  window: Pick<Window, 'addEventListener' | 'removeEventListener'>;
  /** Reaches the other windows of this origin. */
  channel: { postMessage(message: unknown): void; close(): void; onmessage: ((event: MessageEvent) => void) | null };
}

/**
 * Calls `lock` when nobody has used any window for that many milliseconds, also when the computer slept meanwhile. With
 * 0 it never does.
 */
export function watchUse({ window, channel }: IdleEnvironment, afterMs: number, lock: () => void): () => void {
  let used = Date.now();
  let told = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isDue = () => afterMs > 0 && Date.now() - used >= afterMs;
  const check = () => {
    clearTimeout(timer);
    if (afterMs === 0) return;
    if (isDue()) lock();
    // Also when it was due: whoever watches still was not locked.
    timer = setTimeout(check, isDue() ? look : Math.min(look, used + afterMs - Date.now()));
  };
  const use = () => {
    // Whoever wakes the computer is not the one who was there before: first what is due.
    if (isDue()) return lock();
    used = Date.now();
    if (used - told < tellEvery) return;
    told = used;
    channel.postMessage('used');
  };
  channel.onmessage = () => {
    if (!isDue()) used = Date.now();
  };
  for (const name of signs) window.addEventListener(name, use, { capture: true, passive: true });
  for (const name of returns) window.addEventListener(name, check, true);
  check();
  return () => {
    clearTimeout(timer);
    channel.close();
    for (const name of signs) window.removeEventListener(name, use, { capture: true });
    for (const name of returns) window.removeEventListener(name, check, true);
  };
}

/** The part of the Idle Detection API that is used; Chromium has it. */
interface Detector extends EventTarget {
  readonly screenState: 'locked' | 'unlocked' | null;
  start(options: { threshold: number; signal: AbortSignal }): Promise<void>;
}

/** Calls `lock` when the screen of the device is locked, where the browser may already say so: nobody is asked. */
export function watchScreen(lock: () => void): () => void {
  const ended = new AbortController();
  void startDetector(lock, ended.signal).catch(() => undefined); // Then the clock alone says when to lock.
  return () => ended.abort();
}

async function startDetector(lock: () => void, signal: AbortSignal): Promise<void> {
  const { IdleDetector } = globalThis as { IdleDetector?: new () => Detector };
  if (!IdleDetector) return;
  const { state } = await navigator.permissions.query({ name: 'idle-detection' as PermissionName });
  if (state !== 'granted' || signal.aborted) return;
  const detector = new IdleDetector();
  detector.addEventListener('change', () => detector.screenState === 'locked' && lock());
  await detector.start({ threshold: 60_000, signal });
}

/** Watches this browser for a lock that is open; gives what ends it. */
export function watchIdle(afterMs: number, lock: () => void): () => void {
  const stops = [watchUse({ window, channel: new BroadcastChannel('parley-use') }, afterMs, lock), watchScreen(lock)];
  return () => stops.forEach((stop) => stop());
}
