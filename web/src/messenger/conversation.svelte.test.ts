import { beforeEach, describe, expect, it } from 'vitest';
import { FakeCore } from '../core/testing/fakeCore';
import { Conversation, merge } from './conversation.svelte';

let core: FakeCore;
let chatId: string;
let looking = true;

function texts(conversation: Conversation): string[] {
  return conversation.messages.map((message) => message.text);
}

async function open(unread = 0): Promise<Conversation> {
  const conversation = new Conversation(core, chatId, () => looking, (run) => run());
  await conversation.start(unread);
  return conversation;
}

function fill(count: number): void {
  for (let i = 1; i <= count; i++) core.chats.put(chatId, { text: `m${i}` });
}

beforeEach(() => {
  core = new FakeCore({ phone: '+32470112233' });
  chatId = core.chats.add('Bob', '+32474556677').id;
  looking = true;
});

describe('Conversation', () => {
  it('shows the latest page and loads older ones at the start', async () => {
    fill(150);
    const conversation = await open();
    expect(texts(conversation)).toHaveLength(60);
    expect(texts(conversation).at(-1)).toBe('m150');
    expect(conversation.hasOlder).toBe(true);
    await conversation.loadOlder();
    await conversation.loadOlder();
    expect(texts(conversation)).toHaveLength(150);
    expect(texts(conversation)[0]).toBe('m1');
    expect(conversation.hasOlder).toBe(false);
    expect(await conversation.loadOlder()).toBe(false);
  });

  it('appends what comes, counts it, and forgets the count at the end', async () => {
    const conversation = await open();
    core.chats.put(chatId, { text: 'hello' });
    expect(texts(conversation)).toEqual(['hello']);
    expect(conversation.arrived).toBe(1);
    conversation.atEnd();
    expect(conversation.arrived).toBe(0);
  });

  it('ignores the messages of other chats', async () => {
    const conversation = await open();
    core.chats.put(core.chats.add('Eve', '+32470000009').id, { text: 'not for here' });
    expect(texts(conversation)).toEqual([]);
  });

  it('shows a sent message once, with its later states', async () => {
    const conversation = await open();
    core.setStatus({ connection: 'offline' });
    await conversation.send('hi');
    expect(conversation.messages.map((message) => message.status)).toEqual(['pending']);
    const [message] = conversation.messages;
    core.chats.setMessage(message?.id ?? '', { status: 'sent' });
    expect(conversation.messages.map((m) => m.status)).toEqual(['sent']);
  });

  it('keeps what events told when the answer to the call is older', async () => {
    const conversation = await open();
    core.setStatus({ connection: 'offline' });
    const call = core.call.bind(core);
    core.call = (async (method: 'send', params: never) => {
      const answer = await call(method, params);
      if (method === 'send') core.chats.setMessage(answer.id, { status: 'sent' });
      return answer;
    }) as typeof core.call;
    await conversation.send('hi');
    expect(conversation.messages.map((message) => message.status)).toEqual(['sent']);
  });

  it('loses nothing that comes while the first page is read', async () => {
    const conversation = new Conversation(core, chatId, () => true, (run) => run());
    const call = core.call.bind(core);
    core.call = (async (method: 'messages', params: never) => {
      const page = await call(method, params);
      core.chats.put(chatId, { text: 'meanwhile' });
      return page;
    }) as typeof core.call;
    await conversation.start(0);
    expect(texts(conversation)).toEqual(['meanwhile']);
  });

  it('shows what comes together in one go', async () => {
    const runs: (() => void)[] = [];
    const conversation = new Conversation(core, chatId, () => true, (run) => runs.push(run));
    await conversation.start(0);
    fill(100);
    expect(runs).toHaveLength(1);
    expect(texts(conversation)).toEqual([]);
    runs[0]?.();
    expect(texts(conversation)).toHaveLength(100);
    expect(conversation.arrived).toBe(100);
  });

  it('moves a message whose order changes', async () => {
    fill(3);
    const conversation = await open();
    const first = conversation.messages[0];
    core.chats.setMessage(first?.id ?? '', { order: 100 });
    expect(texts(conversation)).toEqual(['m2', 'm3', 'm1']);
  });

  it('puts the divider before the first unread message of the other side', async () => {
    fill(3);
    core.chats.put(chatId, { text: 'mine', mine: true });
    fill(2);
    const conversation = await open(3);
    expect(conversation.firstNew).toBe(conversation.messages[2]?.id);
  });

  it('puts the divider before what comes while nobody looks, and moves it when that was read', async () => {
    const conversation = await open();
    looking = false;
    const first = core.chats.put(chatId, { text: 'one' });
    core.chats.put(chatId, { text: 'two' });
    expect(conversation.firstNew).toBe(first.id);
    looking = true;
    const last = conversation.messages.at(-1);
    if (last) conversation.seen(last);
    looking = false;
    const third = core.chats.put(chatId, { text: 'three' });
    expect(conversation.firstNew).toBe(third.id);
  });

  it('marks read once for each further message, and tries again after a failure', async () => {
    fill(2);
    const conversation = await open();
    const reads = () => core.calls.filter((call) => call.method === 'markRead').length;
    const [first, second] = conversation.messages;
    if (!first || !second) throw new Error('two messages expected');
    core.failNext.set('markRead', { code: 'timeout', message: '' });
    conversation.seen(second);
    await Promise.resolve();
    await new Promise((resolve) => setTimeout(resolve));
    conversation.seen(second);
    conversation.seen(second);
    conversation.seen(first);
    expect(reads()).toBe(2);
  });

  it('opens a window around a message far back, and comes back to the end', async () => {
    fill(300);
    const conversation = await open();
    await conversation.around(100);
    expect(texts(conversation)).toContain('m100');
    expect(conversation.hasOlder).toBe(true);
    expect(conversation.hasNewer).toBe(true);
    core.chats.put(chatId, { text: 'new' });
    expect(texts(conversation)).not.toContain('new');
    expect(conversation.arrived).toBe(1);
    await conversation.loadNewer();
    expect(texts(conversation)).toContain('m200');
    const before = conversation.windowNumber;
    await conversation.latest();
    expect(texts(conversation).at(-1)).toBe('new');
    expect(conversation.windowNumber).toBeGreaterThan(before);
  });

  it('reads everything shown again after a reset', async () => {
    fill(5);
    const conversation = await open();
    const place = conversation.windowNumber;
    conversation.stop();
    const again = await open();
    core.emit('reset', {});
    await new Promise((resolve) => setTimeout(resolve));
    expect(texts(again)).toHaveLength(5);
    expect(again.windowNumber).toBe(place);
  });

  it('keeps the problem when the messages cannot be read', async () => {
    core.failNext.set('messages', { code: 'local_storage', message: 'no' });
    const conversation = await open();
    expect(conversation.problem?.code).toBe('local_storage');
    expect(conversation.loaded).toBe(false);
  });
});

describe('merge', () => {
  it('orders by order, then time, then id', () => {
    const message = { chatId: 'c', kind: 'text', mine: true, text: '', status: 'sent' } as const;
    const merged = merge(
      [{ ...message, id: 'b', order: 2, sentAt: 1 }],
      [
        { ...message, id: 'c', order: 2, sentAt: 1 },
        { ...message, id: 'a', order: 1, sentAt: 9 },
      ],
    );
    expect(merged.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });
});
