import { describe, expect, it } from 'vitest';
import { FakeCore } from '../core/testing/fakeCore';
import { AppLock } from './appLock.svelte';
import { Session } from './session.svelte';

async function started(core: FakeCore) {
  const saved: string[] = [];
  const lock = new AppLock(core, async () => void saved.push('drafts'));
  await lock.start();
  return { lock, saved };
}

describe('the app lock (M38)', () => {
  it('follows the core', async () => {
    const core = new FakeCore({ phone: '+32470000001' });
    const { lock } = await started(core);
    expect([lock.open, lock.locked]).toEqual([false, false]);
    await core.call('setLock', { passphrase: 'seven geese', lockAfterMs: 60_000 });
    expect([lock.open, lock.locked]).toEqual([true, false]);
    await core.call('lock', {});
    expect([lock.open, lock.locked]).toEqual([false, true]);
    await core.call('unlock', { passphrase: 'seven geese' });
    expect(lock.open).toBe(true);
  });

  it('saves what would be lost before it locks, and does nothing where there is no lock', async () => {
    const core = new FakeCore({ phone: '+32470000001' });
    const { lock, saved } = await started(core);
    await lock.lock();
    expect(saved).toEqual([]);
    await core.call('setLock', { passphrase: 'seven geese', lockAfterMs: 0 });
    await lock.lock();
    expect(saved).toEqual(['drafts']);
    expect(lock.locked).toBe(true);
  });

  it.each([
    ['never saved', () => new Promise<void>(() => undefined)],
    ['not to be saved', () => Promise.reject(new Error('full'))],
  ])('locks although what would be lost is %s', async (_, save) => {
    const core = new FakeCore({ phone: '+32470000001' });
    const lock = new AppLock(core, save);
    await lock.start();
    await core.call('setLock', { passphrase: 'seven geese', lockAfterMs: 0 });
    await lock.lock();
    expect(lock.locked).toBe(true);
  });

  it('is known when the core starts anew, which is locked then', async () => {
    const core = new FakeCore({ phone: '+32470000001' });
    core.lock.set({ passphrase: 'seven geese', lockAfterMs: 0 });
    core.lock.lock();
    const session = new Session(core);
    await expect(session.start()).rejects.toMatchObject({ code: 'locked' });
    const { lock } = await started(core);
    expect(lock.locked).toBe(true);
    core.emit('reset', {});
    await core.call('unlock', { passphrase: 'seven geese' });
    await expect.poll(() => session.loaded).toBe(true);
    session.clear();
    expect(session.status.phone).toBeUndefined();
  });
});
