import { beforeEach, describe, expect, it } from 'vitest';
import type { Notice } from '../core/api.gen';
import { NoticeAlerts } from './noticeAlerts';

const day = 86_400_000;
const now = 100 * day;
const added: Notice = { id: 'n1', kind: 'deviceAdded', deviceId: 'd', deviceName: 'Laptop', platform: 'web', at: now };
const silent: Notice = { id: 'n2', kind: 'primarySilent', deviceId: 'p', deviceName: 'Phone', platform: 'android', at: now - 11 * day, until: now + 3 * day, limitMs: 14 * day };

/** The system, which holds what is shown until it is taken away. */
class Screen {
  shown: { tag: string; title: string; body: string; action?: { title: string; hash: string } }[] = [];

  show(one: Screen['shown'][number]): Promise<boolean> {
    this.shown = [...this.shown.filter(({ tag }) => tag !== one.tag), one];
    return Promise.resolve(true);
  }

  keep(prefix: string, tags: readonly string[]): Promise<void> {
    this.shown = this.shown.filter(({ tag }) => !tag.startsWith(prefix) || tags.includes(tag));
    return Promise.resolve();
  }
}

let screen: Screen;
let kept: Map<string, string>;

beforeEach(() => {
  screen = new Screen();
  kept = new Map();
});

function update(notices: Notice[], looking = false): Promise<void> {
  const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, text: string) => void kept.set(key, text) };
  return new NoticeAlerts(screen, storage).update(notices, looking, now, ({ id }) => `#/not-me/${id}`);
}

describe('notices in the background', () => {
  it('name a device that was added, with “That wasn’t me” (M19, M20)', async () => {
    await update([added]);
    expect(screen.shown).toHaveLength(1);
    expect(screen.shown[0]).toMatchObject({ tag: 'notice-n1', action: { title: 'That wasn’t me', hash: '#/not-me/n1' } });
    expect(screen.shown[0]?.body).toContain('Laptop');
  });

  it('warn before devices are logged out (M14)', async () => {
    await update([silent, { ...silent, id: 'n3', kind: 'deviceUnused', deviceName: 'Tablet' }]);
    expect(screen.shown.map(({ action, body }) => [action, body.includes('3 days')])).toEqual([[undefined, true], [undefined, true]]);
  });

  it('come once, also after a reload or when the person closed them', async () => {
    await update([added]);
    screen.shown = [];
    await update([added]);
    expect(screen.shown).toEqual([]);
    await update([silent, added]);
    expect(screen.shown.map(({ tag }) => tag)).toEqual(['notice-n2']);
  });

  it('come again with the name that was not known at first', async () => {
    await update([{ ...added, deviceName: '' }]);
    await update([added]);
    expect(screen.shown.map(({ body }) => body.includes('Laptop'))).toEqual([true]);
  });

  it('do not come for what the person saw in the app, nor for being back', async () => {
    await update([added], true);
    await update([added, { ...silent, kind: 'returned' }]);
    expect(screen.shown).toEqual([]);
  });

  it('go away when they were answered here or elsewhere', async () => {
    await update([added, silent]);
    await update([silent]);
    expect(screen.shown.map(({ tag }) => tag)).toEqual(['notice-n2']);
  });

  it('do without what was kept when that cannot be read', async () => {
    kept.set('parley.told', '{');
    await update([added]);
    expect(screen.shown).toHaveLength(1);
  });
});
