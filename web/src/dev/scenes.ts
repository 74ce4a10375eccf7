import { FakeCore } from '../core/testing/fakeCore';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** A fake core with something to show. */
export function scene(name: string): FakeCore {
  switch (name) {
    case 'new':
      return new FakeCore({ pace: 400 });
    case 'guarded': {
      const core = new FakeCore({ pace: 400 });
      core.guard({ email: 'a•••@e•••.org' });
      return core;
    }
    case 'pinReset': {
      const core = withChats(new FakeCore({ phone: '+32470112233', primary: false, pace: 400 }));
      core.setTwoStep({ pinSet: true, resetRequestedAt: Date.now(), resetReadyAt: Date.now() + 7 * day });
      return core;
    }
    case 'pinReminder': {
      const core = withChats(new FakeCore({ phone: '+32470112233', pace: 400 }));
      core.setTwoStep({ pinSet: true, email: 'a•••@e•••.org', reminderAt: Date.now() - hour });
      return core;
    }
    case 'lock':
    case 'locked': {
      const core = withChats(new FakeCore({ phone: '+32470112233', pace: 400 }));
      core.lock.set({ passphrase: 'four words are enough', lockAfterMs: 15 * minute });
      core.lock.addPasskey({ name: 'Chrome on Linux', credentialId: 'AAAA', prfSalt: 'AAAA', prfOutput: '' });
      if (name === 'locked') core.lock.lock();
      return core;
    }
    case 'group':
      return withGroup(withChats(new FakeCore({ phone: '+32470112233', pace: 400 })));
    case 'community':
      return withCommunity(withGroup(withChats(new FakeCore({ phone: '+32470112233', pace: 400 }))));
    case 'empty':
      return new FakeCore({ phone: '+32470112233', pace: 400 });
    case 'loggedOut': {
      const core = new FakeCore({ phone: '+32470112233' });
      core.setStatus({ state: 'loggedOut', logoutReason: 'removed', connection: 'offline' });
      return core;
    }
    case 'silent': {
      const core = new FakeCore({ phone: '+32470112233' });
      core.setStatus({ state: 'loggedOut', logoutReason: 'primarySilent', logoutAfterMs: 14 * day, connection: 'offline' });
      return core;
    }
    case 'history': {
      const core = withDevices(withChats(new FakeCore({ phone: '+32470112233', pace: 400 })));
      core.setHistory({
        receiving: { state: 'coming', received: 3000, total: 20_000, deviceName: 'Phone' },
        sending: [{ deviceId: 'd', deviceName: 'Firefox on Windows', sent: 3000, total: 20_000, done: false }],
      });
      return core;
    }
    case 'notices': {
      const core = withDevices(withChats(new FakeCore({ phone: '+32470112233', pace: 400 })));
      const added = core.addDevice({
        name: 'Firefox on Windows', online: true, createdAt: Date.now() - 2 * minute, linkedBy: 'Alice’s phone', address: '203.0.113.7',
        logoutAt: Date.now() + 4 * day,
      });
      core.addNotice({ id: 'notice-1', kind: 'deviceAdded', deviceId: added.id, deviceName: added.name, platform: 'web', at: added.createdAt });
      return core;
    }
    case 'linkedNotices': {
      const core = withChats(new FakeCore({ phone: '+32470112233', primary: false, pace: 400 }));
      core.addNotice({ id: 'notice-2', kind: 'deviceAdded', deviceId: 'x', deviceName: 'Firefox on Windows', platform: 'web', at: Date.now() - 2 * minute });
      core.addNotice({
        id: 'notice-1', kind: 'primarySilent', deviceId: 'device-1', deviceName: 'Alice’s phone', platform: 'android',
        at: Date.now() - 11 * day, until: Date.now() + 3 * day, limitMs: 14 * day,
      });
      return core;
    }
    case 'trouble': {
      const core = withChats(new FakeCore({ phone: '+32470112233', primary: false, pace: 400 }));
      core.checks = [
        { id: 'websocket', state: 'failed', code: 'websocket_blocked' },
        { id: 'clock', state: 'warning', code: 'clock_ahead', offsetMs: 47 * minute },
        { id: 'account', state: 'ok', code: 'account_linked' },
        { id: 'device', state: 'unknown', code: 'device_not_asked' },
        { id: 'primary', state: 'warning', code: 'primary_silent', ageMs: 11 * day, leftMs: 3 * day },
        { id: 'storage', state: 'failed', code: 'storage_full' },
        { id: 'outbox', state: 'warning', code: 'outbox_offline', count: 3 },
        { id: 'chats', state: 'failed', code: 'device_unverified', count: 1 },
        { id: 'messages', state: 'warning', code: 'messages_waiting', count: 2 },
        { id: 'history', state: 'ok', code: 'history_coming', count: 3000, total: 20_000 },
      ];
      return core;
    }
    case 'media': {
      const core = withChats(new FakeCore({ phone: '+32470112233', pace: 400 }));
      void withFiles(core);
      return core;
    }
    case 'parts':
      return withParts(withChats(new FakeCore({ phone: '+32470112233', pace: 400 })));
    case 'kept':
      return withChanges(withChats(new FakeCore({ phone: '+32470112233', pace: 400 })));
    case 'linked':
      return withChats(new FakeCore({ phone: '+32470112233', primary: false, pace: 400 }));
    default:
      return withDevices(withChats(new FakeCore({ phone: '+32470112233', pace: 400 })));
  }
}

/** A drawn picture, as large as a photo would be. */
async function drawn(width: number, height: number, hue: number, type: string, edge = width): Promise<Blob> {
  const canvas = new OffscreenCanvas(edge, Math.max(1, Math.round((edge * height) / width)));
  const context = canvas.getContext('2d');
  if (!context) return new Blob();
  const sky = context.createLinearGradient(0, 0, 0, canvas.height);
  sky.addColorStop(0, `hsl(${hue} 70% 70%)`);
  sky.addColorStop(1, `hsl(${hue + 60} 60% 35%)`);
  context.fillStyle = sky;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = `hsl(${hue + 180} 80% 75%)`;
  context.beginPath();
  context.arc(canvas.width * 0.7, canvas.height * 0.3, canvas.height * 0.12, 0, 7);
  context.fill();
  return canvas.convertToBlob({ type, quality: 0.8 });
}

const base64Of = async (blob: Blob) => btoa(String.fromCharCode(...new Uint8Array(await blob.arrayBuffer())));

/** Files of every kind and in every state, in the chat with Bob. */
async function withFiles(core: FakeCore): Promise<void> {
  const { files } = core;
  const id = core.chats.list().find(({ title }) => title === 'Bob Janssens')?.id ?? '';
  const photo = await drawn(1600, 1200, 200, 'image/jpeg');
  const tall = await drawn(900, 1400, 20, 'image/jpeg');
  const shape = { kind: 'photo' as const, type: 'image/jpeg', width: 1600, height: 1200, preview: await base64Of(await drawn(1600, 1200, 200, 'image/jpeg', 24)) };
  files.receive(id, photo, shape);
  files.receive(id, new Blob([new Uint8Array(2_400_000)], { type: 'application/pdf' }), { name: 'Timetable Ghent–Leuven.pdf' });
  files.receive(id, new Blob(['x']), { name: 'minutes.docx', state: 'gone', error: { code: 'media_unknown', message: '' } });
  const waveform = btoa(String.fromCharCode(...Array.from({ length: 64 }, (_, i) => 40 + Math.round(200 * Math.abs(Math.sin(i / 3) * Math.cos(i / 11))))));
  files.receive(id, new Blob(['x'], { type: 'audio/webm' }), { kind: 'voice', type: 'audio/webm', waveform, durationMs: 23_400, state: 'local' });
  files.receive(id, new Blob(['x'], { type: 'video/mp4' }), { ...shape, kind: 'video', type: 'video/mp4', durationMs: 84_000 });
  files.receive(id, tall, { ...shape, width: 900, height: 1400, state: 'local' });
  files.receive(id, photo, { ...shape, state: 'local' }, 'The view from the train');
  files.stuck = true;
  const chat = { chatId: id, id: crypto.randomUUID() };
  files.send({ ...chat, fileId: files.put(photo), ...shape, caption: 'Ours, from last year' });
  files.send({ ...chat, id: crypto.randomUUID(), fileId: files.put(new Blob([new Uint8Array(64_000_000)])), kind: 'document', type: '', name: 'holiday.zip' });
  for (const [i, pack] of ['Weather', 'Weather', 'Cats', 'Cats'].entries()) {
    const sticker = files.put(await drawn(512, 512, 90 * i, 'image/webp'));
    files.addSticker({ fileId: sticker, type: 'image/webp', width: 512, height: 512, pack, digest: String(i) });
  }
}

/** Chats that are pinned, muted, archived, renamed, marked, begun; messages with a star. */
function withChanges(core: FakeCore): FakeCore {
  const { chats } = core;
  const idOf = (title: string) => chats.list().find((chat) => chat.title === title)?.id ?? '';
  chats.edit({ chatId: idOf('Mama'), pinned: true });
  chats.edit({ chatId: idOf('Tennis club'), mutedUntil: Date.UTC(9999, 0, 1), pinned: true });
  chats.edit({ chatId: idOf('Jef Peeters'), markedUnread: true, name: 'Jef (plumber)' });
  chats.edit({ chatId: idOf('Noor El Amrani'), draft: 'Friday is fine, shall I bring' });
  chats.edit({ chatId: idOf('Dr. Lambert'), archived: true });
  for (const { last } of chats.list()) if (last && last.chatId !== idOf('Noor El Amrani')) chats.setMessage(last.id, { starred: true });
  return core;
}

/** A chat with a poll, a place and a contact card. */
function withParts(core: FakeCore): FakeCore {
  const { chats } = core;
  const now = Date.now();
  const id = chats.list().find((chat) => chat.title === 'Mama')?.id ?? '';
  chats.put(id, {
    kind: 'poll', text: 'What shall we play?', sentAt: now - 49.5 * minute,
    poll: { question: 'What shall we play?', voters: 3, options: [{ text: 'Pétanque', votes: 2, mine: true }, { text: 'Cards', votes: 1 }, { text: 'Nothing', votes: 0 }] },
  });
  chats.put(id, { kind: 'location', text: 'The garden', sentAt: now - 49.4 * minute, location: { latitude: 50.87959, longitude: 4.70093, name: 'The garden' } });
  chats.put(id, { kind: 'contact', text: 'Noor', forwarded: true, sentAt: now - 49.3 * minute, contact: { name: 'Noor', phone: '+32471223344' } });
  return core;
}

function withDevices(core: FakeCore): FakeCore {
  core.addDevice({ name: 'Kitchen tablet', platform: 'android', lastActiveAt: Date.now() - 3 * hour });
  core.addDevice({ name: 'Firefox on Linux', platform: 'web', online: true });
  core.addDevice({ name: 'build-server', platform: 'cli', lastActiveAt: Date.now() - 3 * day });
  return core;
}

function withChats(core: FakeCore): FakeCore {
  const now = Date.now();
  const { chats } = core;
  const people: [string, string, number][] = [
    ['Noor El Amrani', '+32471223344', 9 * day],
    ['Tennis club', '+32472334455', 6 * day],
    ['Jef Peeters', '+32473445566', 3 * day],
    ['+31612345678', '+31612345678', 26 * hour],
    ['Dr. Lambert', '+32475667788', 5 * hour],
    ['Mama', '+32476778899', 3 * hour],
  ];
  for (const [title, phone, ago] of people) {
    const { id } = chats.add(title, phone, { lastSeenAt: now - ago + minute });
    chats.put(id, { text: 'Hello there!', sentAt: now - ago - hour, mine: true, status: 'read' });
    chats.put(id, { text: lastWords[title] ?? 'See you then.', sentAt: now - ago });
    if (ago > 4 * hour) chats.change(id, { unread: 0 });
  }
  longChat(core, now);
  for (const chat of chats.list()) if (chat.last) chats.change(chat.id, { updatedAt: chat.last.sentAt });
  return core;
}

const lastWords: Record<string, string> = {
  'Noor El Amrani': 'شكرا جزيلا، أراك يوم الجمعة',
  'Tennis club': 'The court is free on Saturday at ten. Who comes?',
  'Jef Peeters': 'I left the keys with your neighbour.',
  'Dr. Lambert': 'Your appointment is confirmed for Tuesday at 9:40.',
  Mama: 'Don’t forget to call your grandmother 💐',
};

function longChat({ chats }: FakeCore, now: number): void {
  const { id } = chats.add('Bob Janssens', '+32474556677', { available: true });
  for (let i = 0; i < 400; i++) {
    const text = `${phrases[i % phrases.length]} (${i + 1})`;
    chats.put(id, { text, mine: i % 3 === 1, status: i % 3 === 1 ? 'read' : 'received', sentAt: now - 3 * day - (400 - i) * 7 * minute, senderName: 'Bob' });
  }
  const bob = { senderName: 'Bob' };
  chats.put(id, { ...bob, kind: 'keysChanged', text: '', sentAt: now - 27 * hour });
  chats.put(id, { ...bob, text: 'New phone, finally. Same number.', sentAt: now - 26 * hour });
  chats.put(id, { text: 'Nice! Does the camera work now?', mine: true, status: 'read', sentAt: now - 25.9 * hour });
  chats.put(id, { ...bob, text: 'It does. Are you still coming on Sunday? We start around noon, and there is a train at 10:42 that gets you here in time.', sentAt: now - 95 * minute });
  chats.put(id, { ...bob, text: 'Timetable: https://example.org/trains?from=Ghent&to=Leuven', sentAt: now - 94 * minute });
  chats.put(id, { text: 'Yes! I’ll bring dessert.\nAnything you don’t eat?', mine: true, status: 'read', sentAt: now - 60 * minute });
  chats.put(id, { ...bob, text: '🍰🎉', sentAt: now - 52 * minute });
  chats.put(id, { ...bob, kind: 'waiting', text: '', sentAt: now - 51 * minute });
  chats.put(id, {
    ...bob, text: 'So: *dessert* from you, _bread_ from Noor, ~salad~ from nobody.\n- plates\n- glasses\n> Anything you don’t eat?\nNothing at all. Wifi is `kerselaar-12`',
    edited: true, sentAt: now - 50 * minute, reactions: [{ emoji: '👍', count: 1, mine: true }, { emoji: '😂', count: 1 }],
    quote: { id: 'message-406', order: 406, mine: true, kind: 'text', text: 'Yes! I’ll bring dessert.' },
  });
  chats.put(id, { ...bob, kind: 'deleted', text: '', sentAt: now - 49 * minute });
  chats.put(id, { text: 'Perfect.', mine: true, status: 'delivered', sentAt: now - 20 * minute });
  chats.put(id, { text: 'See you Sunday then', mine: true, status: 'sent', sentAt: now - 4 * minute });
  const failed = chats.put(id, { text: 'I can also take the early train', mine: true, status: 'failed', sentAt: now - 3 * minute });
  chats.setMessage(failed.id, { error: { code: 'timeout', message: '' } });
  chats.change(id, { unread: 0 });
}

const phrases = [
  'Good morning! Did you sleep well?',
  'Yes, thanks. And you?',
  'The meeting moved to three o’clock, in the small room upstairs.',
  'Fine by me.',
  'Can you send me the address again? I cannot find it.',
  'Of course: Stationsstraat 12.',
  'Thanks 🙏',
];

/** A community of groups, with a request to come into one, and one that somebody waits for. */
function withCommunity(core: FakeCore): FakeCore {
  const picnic = core.chats.list().find((chat) => chat.title === 'Summer picnic');
  if (!picnic) return core;
  core.groups.ask(picnic.id, { accountId: 'asks', name: 'Noor Janssens', phone: '+32470998877' });
  const [gone] = core.groups.get({ chatId: picnic.id }).members.slice(-1);
  if (gone) core.groups.remove({ chatId: picnic.id, accountIds: [gone.accountId] });
  const { chatId } = core.groups.createCommunity({ name: 'Our village', description: 'Everything that happens here', groupIds: [picnic.id] });
  core.groups.offer(chatId, { chatId: 'choir', name: 'Choir', state: 'open', mayUnlink: true });
  core.groups.offer(chatId, { chatId: 'board', name: 'Board', state: 'ask', mayUnlink: true });
  core.groups.offer(chatId, { chatId: 'school', name: 'School', state: 'closed', mayUnlink: true });
  core.chats.put(chatId, { text: 'The fair is on Saturday. Everybody is welcome!', mine: true, status: 'read' });
  core.groups.create({ name: 'Book club' });
  const waits = core.groups.create({ name: 'Fishing' });
  core.chats.change(waits.id, { waiting: true, mayWrite: false, members: 0 });
  return core;
}

/** A group with a little said in it. */
function withGroup(core: FakeCore): FakeCore {
  const people = core.chats.list().filter((chat) => !chat.self).slice(0, 3);
  const { id } = core.groups.create({ name: 'Summer picnic', description: 'Sunday, by the lake', accountIds: people.map((chat) => chat.id) });
  const [first, second] = people;
  if (!first || !second) return core;
  core.chats.put(id, {
    kind: 'group', text: '', notice: { what: 'renamed', by: { accountId: first.id, name: first.title }, text: 'Summer picnic' },
  });
  core.chats.put(id, { text: 'Who brings the blankets?', senderId: first.id, senderName: first.title });
  core.chats.put(id, { text: 'I have two', senderId: second.id, senderName: second.title });
  core.chats.put(id, { text: 'and a basket', senderId: second.id, senderName: second.title });
  core.chats.put(id, { text: 'Then I bring cake', mine: true, status: 'read' });
  core.chats.change(id, { unread: 0 });
  core.groups.change({ chatId: id, link: true });
  return core;
}
