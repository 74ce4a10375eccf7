import { beforeEach, describe, expect, it } from 'vitest';
import type { Chat, Settings } from '../core/api.gen';
import { MessageAlerts } from './messageAlerts';
import { choiceOf } from './notificationRules';

const chat = (change: Partial<Chat> = {}): Chat => ({
  id: 'bob', kind: 'direct', title: 'Bob', self: false, unread: 0, updatedAt: 1, available: false, typing: false, verified: false, archived: false, pinned: false,
  markedUnread: false, preview: false, last: { text: 'Lunch?', kind: 'text' } as Chat['last'] & object, ...change,
});

describe('MessageAlerts (M104)', () => {
  let shown: { tag: string; title: string; body: string; silent?: boolean; open?: string }[];
  let kept: readonly string[] | undefined;
  let chosen: Settings;
  let looking: boolean;
  let alerts: MessageAlerts;

  beforeEach(() => {
    [shown, kept, chosen, looking] = [[], undefined, {}, false];
    alerts = new MessageAlerts({
      notifications: {
        show: async (one) => Boolean(shown.push(one)),
        keep: async (_prefix, tags) => void (kept = tags),
      },
      choice: () => choiceOf(chosen),
      placeOf: (id) => `#/chat/${id}`,
      looking: () => looking,
      now: () => new Date('2026-05-20T23:00:00'),
    });
    alerts.start([chat({ unread: 2 })]);
  });

  it('tells of what comes, not of what was there', async () => {
    await alerts.changed(chat({ unread: 2, pinned: true }));
    expect(shown).toEqual([]);
    await alerts.changed(chat({ unread: 3 }));
    await alerts.changed(chat({ id: 'carol', title: '+32470000003', unread: 1 }));
    expect(shown.map(({ title, body, open }) => [title, body, open])).toEqual([
      ['Bob', 'Lunch?', '#/chat/bob'],
      ['+32 470 00 00 03', 'Lunch?', '#/chat/carol'],
    ]);
  });

  it('takes away what was read, here or elsewhere', async () => {
    await alerts.changed(chat({ unread: 3 }));
    await alerts.changed(chat({ id: 'carol', unread: 1 }));
    await alerts.changed(chat({ unread: 0 }));
    expect(kept).toEqual(['chat-carol']);
  });

  it.each<[string, () => void, Partial<Chat>]>([
    ['the person looks at the app', () => (looking = true), {}],
    ['notifications are off', () => (chosen = { notifications: 'off' }), {}],
    ['the hours are quiet (M106)', () => (chosen = { quietHours: '2200-0700' }), {}],
    ['the chat is muted (M52)', () => undefined, { mutedUntil: Date.parse('2026-05-21T00:00:00') }],
    ['the chat was put away (M51)', () => undefined, { archived: true }],
  ])('is silent when %s', async (_name, arrange, change) => {
    arrange();
    await alerts.changed(chat({ unread: 3, ...change }));
    expect(shown).toEqual([]);
  });

  it('tells of a group only what is for the person, where that was chosen (X5)', async () => {
    const group = { id: 'picnic', kind: 'group', mentionsOnly: true } as const;
    await alerts.changed(chat({ ...group, unread: 3 }));
    expect(shown).toEqual([]);
    await alerts.changed(chat({ ...group, unread: 4, mentions: 1, last: { text: '@Me salt?', kind: 'text', addressed: true } as Chat['last'] & object }));
    await alerts.changed(chat({ ...group, unread: 6, mentions: 2 }));
    expect(shown.map(({ body }) => body)).toEqual(['@Me salt?', '2 new messages']);
  });

  it('hides what was written where the person wants that, and makes no sound (M105)', async () => {
    chosen = { previews: 'chosen', sounds: 'off' };
    await alerts.changed(chat({ unread: 4 }));
    await alerts.changed(chat({ unread: 5, preview: true }));
    expect(shown.map(({ body, silent }) => [body, silent])).toEqual([['4 new messages', true], ['Lunch?', true]]);
  });
});
