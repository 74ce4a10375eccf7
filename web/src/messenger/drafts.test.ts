import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeCore } from '../core/testing/fakeCore';
import { ChatList } from './chatList.svelte';
import { Drafts } from './drafts.svelte';

let core: FakeCore;
let chats: ChatList;
let drafts: Drafts;
let bob: string;

beforeEach(async () => {
  vi.useFakeTimers();
  core = new FakeCore({ phone: '+32470112233' });
  bob = core.chats.add('Bob', '+32470000001').id;
  chats = new ChatList(core);
  await chats.start();
  drafts = new Drafts(chats);
});
afterEach(() => void vi.useRealTimers());

const saves = () => core.calls.filter((call) => call.method === 'changeChat').map((call) => (call.params as { draft: string }).draft);

describe('Drafts', () => {
  it('are saved once for what was typed quickly, and at least every three seconds', async () => {
    for (const text of ['w', 'wh', 'wha', 'what']) drafts.set(bob, text);
    expect(drafts.unsaved).toBe(true);
    await vi.advanceTimersByTimeAsync(600);
    expect(saves()).toEqual(['what']);
    expect(drafts.unsaved).toBe(false);
    for (let i = 0; i < 20; i++) {
      drafts.set(bob, 'x'.repeat(i + 1));
      await vi.advanceTimersByTimeAsync(200);
    }
    expect(saves()).toHaveLength(2);
    expect(core.chats.get(bob).draft).toBe('x'.repeat(15));
  });

  it('are saved at once when the chat is left', async () => {
    drafts.set(bob, 'not yet');
    await drafts.save(bob);
    expect(core.chats.get(bob).draft).toBe('not yet');
  });

  it('are what another device wrote, unless something was just written here', async () => {
    core.chats.change(bob, { draft: 'from the phone' });
    expect(drafts.get(bob)).toBe('from the phone');
    drafts.set(bob, 'from here');
    core.chats.change(bob, { draft: 'from the phone, again' });
    expect(drafts.get(bob)).toBe('from here');
    await vi.advanceTimersByTimeAsync(5000);
    expect(core.chats.get(bob).draft).toBe('from here');
    core.chats.change(bob, { draft: 'from the phone, later' });
    expect(drafts.get(bob)).toBe('from the phone, later');
  });

  it('stay until the message is stored', async () => {
    drafts.set(bob, 'Lunch? ');
    let stored: () => void = () => undefined;
    const sending = drafts.send(bob, (text) => new Promise((resolve) => {
      expect(text).toBe('Lunch?');
      stored = resolve;
    }));
    await vi.advanceTimersByTimeAsync(5000);
    expect(drafts.get(bob)).toBe('Lunch? ');
    expect(drafts.unsaved).toBe(true);
    drafts.set(bob, 'Lunch? At noon');
    stored();
    await sending;
    expect(drafts.get(bob)).toBe('At noon');
    await vi.advanceTimersByTimeAsync(600);
    expect(saves()).toEqual(['At noon']);
  });

  it('are not saved again after they were sent', async () => {
    drafts.set(bob, 'Lunch?');
    const { send } = { send: (text: string) => core.call('send', { chatId: bob, text }).then(() => undefined) };
    await drafts.send(bob, send);
    expect(drafts.get(bob)).toBe('');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(saves()).toEqual([]);
    expect(core.chats.get(bob).draft).toBe('');
    expect(drafts.unsaved).toBe(false);
  });

  it('stay when the message could not be stored', async () => {
    drafts.set(bob, 'precious');
    await expect(drafts.send(bob, () => Promise.reject({ code: 'local_storage_full' }))).rejects.toMatchObject({ code: 'local_storage_full' });
    expect(drafts.get(bob)).toBe('precious');
    await vi.advanceTimersByTimeAsync(600);
    expect(core.chats.get(bob).draft).toBe('precious');
  });

  it('keep what they answer, on every device, until they are sent', async () => {
    const [first, second] = ['Lunch?', 'Or dinner?'].map((text) => core.chats.put(bob, { text }));
    drafts.answer(bob, { id: first!.id, text: 'Lunch?' });
    drafts.set(bob, 'At noon');
    await drafts.save(bob);
    expect(core.chats.get(bob)).toMatchObject({ draft: 'At noon', draftReply: { id: first!.id, text: 'Lunch?' } });
    await vi.advanceTimersByTimeAsync(5000);
    core.chats.edit({ chatId: bob, draftReplyTo: second!.id });
    expect(drafts.reply(bob)?.id).toBe(second!.id);
    await drafts.send(bob, (text, replyTo) => core.call('send', { chatId: bob, text, ...(replyTo ? { replyTo } : {}) }).then(() => undefined));
    expect(core.calls.findLast((call) => call.method === 'send')?.params).toMatchObject({ text: 'At noon', replyTo: second!.id });
    expect(drafts.reply(bob)).toBeUndefined();
    await vi.advanceTimersByTimeAsync(5000);
    expect(core.chats.get(bob).draftReply).toBeUndefined();
  });

  it('have the browser ask before the page is left with something unsaved', () => {
    const page = new EventTarget() as unknown as Document;
    const window = new EventTarget();
    drafts.watch(page, window as unknown as Window);
    const leave = () => {
      const event = new Event('beforeunload', { cancelable: true });
      window.dispatchEvent(event);
      return event.defaultPrevented;
    };
    expect(leave()).toBe(false);
    drafts.set(bob, 'half a sen');
    expect(leave()).toBe(true);
  });
});
