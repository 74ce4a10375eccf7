import { describe, expect, it } from 'vitest';
import { DeviceMarker } from './deviceMarker';

function browser() {
  const kept = new Map<string, string>();
  const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, text: string) => void kept.set(key, text), removeItem: (key: string) => void kept.delete(key) };
  const asked: number[] = [];
  const open = () => new DeviceMarker(storage, { persist: () => Promise.resolve(asked.push(1) > 0) });
  return { open, asked };
}

describe('a browser that deletes the data of the app (M197)', () => {
  it('is known by what it leaves, and not before there was a device', () => {
    const { open } = browser();
    expect(open().evicted({ state: 'new', storage: 'opfs' })).toBe(false);
    open().follow({ state: 'ready', storage: 'opfs' });
    expect(open().evicted({ state: 'ready', storage: 'opfs' })).toBe(false);
    expect(open().evicted({ state: 'new', storage: 'opfs' })).toBe(true);
  });

  it.each(['loggedOut', 'erased', 'erased by the core', 'erased under lock'])('is not blamed for a device that was %s', (how) => {
    const { open } = browser();
    const marker = open();
    marker.follow({ state: 'ready', storage: 'opfs' });
    if (how === 'erased') marker.clear();
    else if (how === 'erased under lock') {
      const later = open();
      later.locked();
      expect(later.evicted({ state: 'new', storage: 'opfs' })).toBe(false);
      later.follow({ state: 'new', storage: 'opfs' });
    }
    else marker.follow({ state: how === 'loggedOut' ? how : 'new', storage: 'opfs' });
    expect(open().evicted({ state: 'new', storage: 'opfs' })).toBe(false);
  });

  it('is not blamed where a window keeps nothing', () => {
    const { open } = browser();
    open().follow({ state: 'ready', storage: 'memory' });
    expect(open().evicted({ state: 'new', storage: 'opfs' })).toBe(false);
  });

  it('is asked to keep them when a device is registered or linked, and not at every start', () => {
    const { open, asked } = browser();
    const marker = open();
    marker.follow({ state: 'new', storage: 'opfs' });
    marker.follow({ state: 'ready', storage: 'opfs' });
    marker.follow({ state: 'ready', storage: 'opfs' });
    open().follow({ state: 'ready', storage: 'opfs' });
    expect(asked).toHaveLength(1);
  });
});
