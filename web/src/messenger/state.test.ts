import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeCore } from '../core/testing/fakeCore';
import { Action } from './action.svelte';
import { Attention, type Page } from './attention.svelte';
import { chatMenu } from './chatCommands';
import { ChatList, passes, type ChatFilter } from './chatList.svelte';
import { DeviceList } from './devices.svelte';
import { forever, muteEnd } from './mute';
import { watchNetwork } from './network';
import { Search } from './search.svelte';
import { Session } from './session.svelte';
import { Settings } from './settings.svelte';
import { Starred } from './starred.svelte';
import { Typing } from './typing';

let core: FakeCore;

beforeEach(() => {
  vi.useFakeTimers();
  core = new FakeCore({ phone: '+32470112233' });
});
afterEach(() => void vi.useRealTimers());

const callsOf = (method: string) => core.calls.filter((call) => call.method === method).map((call) => call.params);

describe('Typing', () => {
  it('tells at once, every 3 seconds while it goes on, and when it stops', () => {
    const typing = new Typing(core, 'bob');
    for (let i = 0; i < 8; i++) {
      typing.typed();
      vi.advanceTimersByTime(500);
    }
    expect(callsOf('setTyping')).toEqual([{ chatId: 'bob', active: true }, { chatId: 'bob', active: true }]);
    typing.stop();
    typing.stop();
    expect(callsOf('setTyping').at(-1)).toEqual({ chatId: 'bob', active: false });
    expect(callsOf('setTyping')).toHaveLength(3);
  });

  it('stops by itself after five seconds without a key', () => {
    new Typing(core, 'bob').typed();
    vi.advanceTimersByTime(5000);
    expect(callsOf('setTyping').at(-1)).toEqual({ chatId: 'bob', active: false });
  });
});

describe('Attention', () => {
  it('is there only while the page is visible and has the focus, and tells each change once', () => {
    const listeners: (() => void)[] = [];
    const page = { visibilityState: 'visible', focused: true };
    const source = { addEventListener: (_: string, run: () => void) => listeners.push(run), removeEventListener: () => undefined };
    const attention = new Attention(core, {
      get visibilityState() {
        return page.visibilityState;
      },
      hasFocus: () => page.focused,
      ...source,
    } as unknown as Page, source);
    const changed = () => listeners.forEach((run) => run());
    attention.start();
    page.focused = false;
    changed();
    changed();
    page.visibilityState = 'hidden';
    page.focused = true;
    changed();
    expect(attention.active).toBe(false);
    page.visibilityState = 'visible';
    changed();
    expect(callsOf('setAvailable')).toEqual([{ available: true }, { available: false }, { available: true }]);
  });
});

describe('ChatList', () => {
  it('has the latest chat first, also after a change', async () => {
    const a = core.chats.add('Ann', '+32470000001', { updatedAt: 1 });
    const b = core.chats.add('Ben', '+32470000002', { updatedAt: 2 });
    const chats = new ChatList(core);
    await chats.start();
    expect(chats.all.map((chat) => chat.id)).toEqual([b.id, a.id]);
    core.chats.put(a.id, { text: 'hello', sentAt: 3 });
    expect(chats.all.map((chat) => chat.id)).toEqual([a.id, b.id]);
    expect(chats.unread).toBe(1);
  });

  it('has pinned chats on top and archived ones apart, also when something comes (M51)', async () => {
    const [a, b, c] = ['Ann', 'Ben', 'Cas'].map((name, i) => core.chats.add(name, `+3247000000${i}`, { updatedAt: i + 1 }).id);
    const chats = new ChatList(core);
    await chats.start();
    await chats.change({ chatId: a!, pinned: true });
    await chats.change({ chatId: c!, archived: true });
    expect(chats.all.map((chat) => chat.id)).toEqual([a, b]);
    core.chats.put(c!, { text: 'hello' });
    expect(chats.archived.map((chat) => chat.id)).toEqual([c]);
    expect(chats.unread).toBe(0);
    core.chats.put(b!, { text: 'hello' });
    expect(chats.all.map((chat) => chat.id)).toEqual([a, b]);
  });

  it('counts for attention what is not muted (M52, M53)', async () => {
    const { id } = core.chats.add('Ann', '+32470000001');
    const chats = new ChatList(core);
    await chats.start();
    await chats.change({ chatId: id, markedUnread: true });
    expect(chats.unread).toBe(1);
    core.chats.put(id, { text: 'one' });
    core.chats.put(id, { text: 'two' });
    expect(chats.unread).toBe(2);
    await chats.change({ chatId: id, mutedUntil: Date.now() + 1000 });
    expect(chats.unread).toBe(0);
    await chats.change({ chatId: id, mutedUntil: 0 });
    await chats.markRead(chats.get(id)!);
    expect(chats.unread).toBe(0);
    expect(chats.get(id)?.markedUnread).toBe(false);
  });

  it('finds chats by a part of the name or of the number', async () => {
    core.chats.add('Ann Peeters', '+32470000001');
    core.chats.add('Ben', '+32499123456');
    const chats = new ChatList(core);
    await chats.start();
    expect(chats.find('peet').map((chat) => chat.title)).toEqual(['Ann Peeters']);
    expect(chats.find('99 12').map((chat) => chat.title)).toEqual(['Ben']);
    expect(chats.find('  ')).toEqual([]);
  });

  it('reads everything again after a reset', async () => {
    core.chats.add('Ann', '+32470000001');
    const chats = new ChatList(core);
    await chats.start();
    core.chats.clear();
    core.emit('reset', {});
    await vi.advanceTimersByTimeAsync(0);
    expect(chats.all).toEqual([]);
  });
});

describe('chatMenu', () => {
  const menu = (chat: Parameters<typeof chatMenu>[0]) => chatMenu(chat, Date.now()).map((item) => item.id);

  it('offers what changes something', () => {
    const chat = core.chats.add('Ann', '+32470000001');
    expect(menu(chat)).toEqual(['pin', 'archive', 'mute', 'unread', 'rename', 'timer', 'wallpaper', 'export', 'report', 'block']);
    const changed = { ...chat, pinned: true, archived: true, mutedUntil: forever, unread: 2 };
    expect(menu(changed)).toEqual(['unpin', 'unarchive', 'unmute', 'read', 'rename', 'timer', 'wallpaper', 'export', 'report', 'block']);
  });

  it('shows what a filter asks for, and the chat that is open', () => {
    const chats = [core.chats.add('Ann', '+32470000001'), core.chats.add('Ben', '+32470000002', { unread: 2 }), core.chats.add('Club', '', { kind: 'group', markedUnread: true })];
    const shown = (filter: ChatFilter, open = '') => chats.filter((chat) => passes(filter, chat, open)).map(({ title }) => title);
    expect(shown('all')).toEqual(['Ann', 'Ben', 'Club']);
    expect(shown('unread')).toEqual(['Ben', 'Club']);
    expect(shown('groups')).toEqual(['Club']);
    expect(shown('groups', chats[0]?.id)).toEqual(['Ann', 'Club']);
  });

  it('offers to mute again when a mute is over', () => {
    const chat = core.chats.add('Ann', '+32470000001', { mutedUntil: muteEnd('hours', Date.now()) });
    vi.advanceTimersByTime(7 * 3_600_000);
    expect(menu(chat)).toContain('unmute');
    vi.advanceTimersByTime(3_600_001);
    expect(menu(chat)).toContain('mute');
  });
});

describe('Starred', () => {
  it('follows the stars that are given and taken (M48)', async () => {
    const { id } = core.chats.add('Ann', '+32470000001');
    const message = core.chats.put(id, { text: 'the code of the door is 12' });
    const starred = new Starred(core);
    await starred.start();
    expect(starred.messages).toEqual([]);
    await core.call('star', { id: message.id, starred: true });
    await vi.advanceTimersByTimeAsync(0);
    expect(starred.messages.map((one) => one.id)).toEqual([message.id]);
    await core.call('star', { id: message.id, starred: false });
    await vi.advanceTimersByTimeAsync(0);
    expect(starred.messages).toEqual([]);
  });
});

describe('Search', () => {
  it('looks for the latest of what was typed meanwhile, and drops late answers', async () => {
    const chat = core.chats.add('Ann', '+32470000001');
    core.chats.put(chat.id, { text: 'the red house' });
    const search = new Search(core);
    for (const query of ['r', 're', 'red']) search.query = query;
    expect(search.done).toBe(false);
    await vi.advanceTimersByTimeAsync(0);
    expect(callsOf('search')).toEqual([{ query: 'r' }, { query: 'red' }]);
    expect(search.done).toBe(true);
    expect(search.hits.map((hit) => hit.message.text)).toEqual(['the red house']);
    search.query = '';
    expect(search.hits).toEqual([]);
    search.query = 'house';
    search.query = '';
    await vi.advanceTimersByTimeAsync(0);
    expect(search.hits).toEqual([]);
    expect(callsOf('search')).toHaveLength(3);
  });

  it('says why it failed', async () => {
    core.failNext.set('search', { code: 'timeout', message: '' });
    const search = new Search(core);
    search.query = 'x';
    await vi.advanceTimersByTimeAsync(200);
    expect(search.problem?.code).toBe('timeout');
  });
});

describe('DeviceList', () => {
  it('lists, renames and removes (M15, M17, M18)', async () => {
    const { id } = core.addDevice({ name: 'Old name' });
    const devices = new DeviceList(core);
    await devices.start();
    await devices.rename(id, ' Front desk ');
    expect(devices.all.map((device) => device.name)).toContain('Front desk');
    await devices.remove(id);
    expect(devices.linked).toBe(0);
  });

  it('is read again when it changed elsewhere', async () => {
    const devices = new DeviceList(core);
    await devices.start();
    core.addDevice({ name: 'Tablet' });
    await vi.advanceTimersByTimeAsync(0);
    expect(devices.linked).toBe(1);
  });
});

describe('Session', () => {
  it('follows the status', async () => {
    const session = new Session(core);
    await session.start();
    core.setStatus({ connection: 'offline' });
    expect(session.status.connection).toBe('offline');
  });
});

describe('Settings', () => {
  it('are shown at once, told to the other devices, and taken from them; what was never chosen stays', async () => {
    const shown: string[] = [];
    const choose = (choice: string) => void shown.push(choice);
    const settings = new Settings(core, { theme: { choose }, language: { choose } });
    settings.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(shown).toEqual([]);
    core.setSettings({ language: 'nl' });
    core.setSettings({ language: 'tlh', theme: 'dark' });
    expect(shown).toEqual(['nl', 'dark']);
    await settings.choose({ theme: 'light' });
    expect(shown.slice(2)).toContain('light');
    expect(callsOf('changeSettings')).toEqual([{ theme: 'light' }]);
    settings.stop();
    core.setSettings({ theme: 'dark' });
    expect(shown.at(-1)).toBe('light');
  });
});

describe('Action', () => {
  it('runs one thing at a time and keeps why it failed', async () => {
    const action = new Action();
    let finish: () => void = () => undefined;
    const first = action.run(() => new Promise((resolve) => (finish = resolve)));
    expect(await action.run(() => Promise.resolve())).toBe(false);
    finish();
    expect(await first).toBe(true);
    expect(await action.run(() => Promise.reject({ code: 'timeout', message: 'x', retryAfterMs: 5 }))).toBe(false);
    expect(action.problem).toEqual({ code: 'timeout', message: 'x', retryAfterMs: 5 });
  });
});

describe('watchNetwork', () => {
  it('has the core look at its connection when the network may have changed', () => {
    const page = new EventTarget();
    const stop = watchNetwork(core, page);
    for (const event of ['offline', 'online', 'focus']) page.dispatchEvent(new Event(event));
    expect(callsOf('reconnect')).toHaveLength(3);
    stop();
    page.dispatchEvent(new Event('online'));
    expect(callsOf('reconnect')).toHaveLength(3);
  });
});
