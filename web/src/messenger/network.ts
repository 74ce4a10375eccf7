import type { Core } from './core';

/** Where the browser tells what may have changed the network; a Window. */
export interface NetworkSource {
  addEventListener(type: 'online' | 'offline' | 'focus', listener: () => void): void;
  removeEventListener(type: 'online' | 'offline' | 'focus', listener: () => void): void;
}

/**
 * Has the core look at its connection as soon as the browser knows more: the network came or went, or the person is
 * back, maybe on a computer that has slept. Otherwise it would find out by its next ping or attempt. Returns the end.
 */
export function watchNetwork(core: Core, source: NetworkSource): () => void {
  const look = (): void => {
    core.call('reconnect', {}).catch(() => undefined);
  };
  const events = ['online', 'offline', 'focus'] as const;
  for (const event of events) source.addEventListener(event, look);
  return () => {
    for (const event of events) source.removeEventListener(event, look);
  };
}
