/**
 * A client core in memory that behaves: messages travel and are read, codes can be wrong, devices come and go, the
 * connection drops. For tests and the development page only; nothing of the app imports it.
 */
import type {
  LinkPreview,
  Chat, Check, Device, Error as ApiError, Events, History, LinkProgress, Message, Methods, Notice, Params, Result, Settings, Status,
  TwoStep,
} from './fakeTypes';
import { FakeChats } from './fakeChats';
import { FakeGroups } from './fakeGroups';
import { FakeFiles } from './fakeFiles';
import { FakeLock } from './fakeLock';

type Handler = (data: never) => void;

export interface FakeOptions {
  /** Starts with an account that has this number. */
  phone?: string;
  primary?: boolean;
  /** Milliseconds between the steps of a message's way, and of a call. */
  pace?: number;
}

export const goodCode = '123456';
export const goodPin = '304857';
export const codeLifetime = 60_000;
/** What both devices show when a code was typed. */
export const linkWords = [0, 1, 2, 255];

export class FakeCore {
  readonly chats: FakeChats;
  readonly files: FakeFiles;
  readonly groups: FakeGroups;
  readonly lock = new FakeLock((status, reset) => {
    this.emit('lockChanged', status);
    if (reset) this.emit('reset', {});
  });
  /** In base64, by account. */
  readonly pictures = new Map<string, string>();
  readonly calls: { method: string; params: unknown }[] = [];
  #status: Status;
  #devices: Device[] = [];
  #notices: Notice[] = [];
  #handlers = new Map<string, Set<Handler>>();
  #pace: number;
  #triesLeft = 5;
  #pinTriesLeft = 5;
  #guarded: { email?: string } | undefined;
  #settings: Settings = {};
  #history: History = { sending: [] };
  #twoStep: TwoStep = { pinSet: false, emailAvailable: true };
  #offer: { uri: string; expiresAt: number } | undefined;
  #offers = 0;
  #expiry: ReturnType<typeof setTimeout> | undefined;
  /** The number that is being registered has an account. */
  taken = false;
  /** Where the relay wakes this device. */
  pushEndpoint = '';
  /** What a diagnosis finds. */
  checks: Check[] = [
    { id: 'websocket', state: 'ok', code: 'websocket_ok', tookMs: 38 },
    { id: 'relay', state: 'ok', code: 'relay_same' },
    { id: 'versions', state: 'ok', code: 'versions_fit', software: 'parley/0.1.0', relaySoftware: 'parley/0.1.0' },
    { id: 'clock', state: 'ok', code: 'clock_right' },
    { id: 'account', state: 'ok', code: 'account_primary' },
    { id: 'device', state: 'ok', code: 'device_listed', count: 4, total: 5 },
    { id: 'storage', state: 'ok', code: 'storage_opfs' },
    { id: 'outbox', state: 'ok', code: 'outbox_empty' },
    { id: 'chats', state: 'ok', code: 'chats_open' },
    { id: 'messages', state: 'ok', code: 'messages_readable' },
    { id: 'history', state: 'ok', code: 'history_here' },
    { id: 'keyPackages', state: 'ok', code: 'key_packages_enough', count: 30 },
  ];
  /** Made to fail at the next call, by method. */
  readonly failNext = new Map<string, ApiError>();

  constructor(options: FakeOptions = {}) {
    this.#pace = options.pace ?? 0;
    this.chats = new FakeChats((event, data) => this.emit(event, data), this.#pace);
    this.files = new FakeFiles(this.chats, (event, data) => this.emit(event, data));
    this.groups = new FakeGroups(this.chats);
    this.#status = {
      state: 'new', connection: 'offline', primary: false, clockOffsetMs: 0, clockWrong: false,
      storage: 'opfs', outbox: 0, caughtUp: true, version: '0.1.0-fake',
    };
    if (options.phone) this.#signIn(options.phone, 'Alice', options.primary ?? true);
  }

  get state() {
    return { phase: 'ready' as const, storage: 'opfs' as const };
  }

  onState(): () => void {
    return () => undefined;
  }

  close(): void {
    this.#handlers.clear();
  }

  on<E extends keyof Events>(event: E, handler: (data: Events[E]) => void): () => void {
    const handlers = this.#handlers.get(event) ?? new Set();
    this.#handlers.set(event, handlers.add(handler as Handler));
    return () => handlers.delete(handler as Handler);
  }

  emit<E extends keyof Events>(event: E, data: Events[E]): void {
    for (const handler of this.#handlers.get(event) ?? []) (handler as (data: Events[E]) => void)(structuredClone(data));
  }

  async call<M extends keyof Methods>(method: M, params: Params<M>): Promise<Result<M>> {
    this.calls.push({ method, params });
    if (this.#pace) await new Promise((resolve) => setTimeout(resolve, this.#pace / 4));
    const failure = this.failNext.get(method);
    this.failNext.delete(method);
    if (failure) throw failure;
    if (this.lock.refuses(method)) throw problem('locked');
    return structuredClone(await this.#methods[method](params as never)) as Result<M>;
  }

  /** What pages say of themselves, by their addresses, and what was told to the operator. */
  readonly pages = new Map<string, LinkPreview>();
  readonly reports: Params<'report'>[] = [];

  async putFile(file: Blob): Promise<string> {
    return this.files.put(file);
  }

  async openFile(id: string, method = 'openFile'): Promise<Blob> {
    return method === 'openSticker' ? this.files.openSticker(id) : this.files.open(id);
  }

  /** What the core would say changes: the connection, the clock, a logout. */
  setStatus(change: Partial<Status>): void {
    this.#status = { ...this.#status, ...change };
    this.chats.online = this.#status.connection === 'online';
    this.emit('status', this.#status);
  }

  /** When the person at the new device says that the words are the same. */
  wordsConfirmed: Promise<void> = Promise.resolve();

  /** What a primary does with the code on this new device's screen. */
  link(progress: LinkProgress): void {
    if (progress.state !== 'open' && progress.state !== 'comparing' && progress.state !== 'claimed') clearTimeout(this.#expiry);
    this.emit('link', progress);
    if (progress.state === 'accepted') {
      this.#signIn(progress.phone ?? '+32470000001', 'Alice', false);
      this.emit('status', this.#status);
    }
  }

  /** The number that is being registered has a PIN. */
  guard(guarded: { email?: string }): void {
    this.#guarded = guarded;
  }

  /** The account's two-step verification changes, here or elsewhere. */
  setHistory(history: History): void {
    this.#history = history;
    this.emit('history', history);
  }

  setTwoStep(change: Partial<TwoStep>): Record<string, never> {
    this.#twoStep = { ...this.#twoStep, ...change };
    this.emit('twoStep', this.#twoStep);
    return {};
  }

  /** The settings of the account change, here or on another device. */
  setSettings(change: Settings): Settings {
    this.#settings = { ...this.#settings, ...change };
    this.emit('settings', this.#settings);
    return this.#settings;
  }

  addDevice(device: Partial<Device> & { name: string }): Device {
    const made: Device = {
      id: `device-${this.#devices.length + 1}`, platform: 'web', primary: false, current: false, online: false,
      createdAt: Date.now() - 86_400_000, lastActiveAt: Date.now(), ...device,
    };
    this.#devices.push(made);
    this.emit('devices', {});
    return made;
  }

  /** Something to know about a device waits for its answer. */
  addNotice(notice: Notice): void {
    this.#setNotices([notice, ...this.#notices]);
  }

  #setNotices(notices: Notice[]): Record<string, never> {
    this.#notices = notices;
    this.emit('notices', { notices });
    return {};
  }

  #signIn(phone: string, name: string, primary: boolean): void {
    this.#status = {
      ...this.#status, state: 'ready', connection: 'online', phone, name, primary, accountId: 'account-me',
      deviceId: 'device-1', deviceName: primary ? 'Chrome on Linux' : 'Office PC', relay: 'https://chat.example.org',
    };
    this.chats.online = true;
    this.#devices = [];
    this.addDevice({ name: 'Alice’s phone', platform: 'android', primary: true, current: primary, online: true });
    if (!primary) this.addDevice({ name: 'Office PC', platform: 'web', current: true, online: true });
  }

  #newOffer(): { uri: string; expiresAt: number } {
    clearTimeout(this.#expiry);
    this.#offers++;
    const secret = `${'c2VjcmV0LW9mLXRoZS1mYWtlLWNvcmU'.repeat(4)}${this.#offers}`;
    this.#offer = { uri: `parley://link?r=https://chat.example.org&s=${secret}`, expiresAt: Date.now() + codeLifetime };
    this.#expiry = setTimeout(() => this.link({ state: 'expired' }), codeLifetime);
    return this.#offer;
  }

  #inspect(uri: string) {
    if (!uri.startsWith('parley://link')) throw problem('link_malformed');
    if (uri.includes('expired')) throw problem('link_expired');
    return {
      deviceName: 'Firefox on Windows', platform: 'web', phone: this.#status.phone ?? '', name: 'Alice',
      expiresAt: Date.now() + codeLifetime, ...(uri.includes('move') && { move: true, pinNeeded: true }),
    };
  }

  #moveAccount(pin: string): Device {
    if (pin !== goodPin) throw { ...problem('pin_wrong'), triesLeft: 4 };
    this.setStatus({ primary: false });
    for (const device of this.#devices) device.primary = false;
    return this.addDevice({ name: 'Firefox on Windows', online: true, primary: true });
  }

  #verify(code: string): void {
    if (code === goodCode) return;
    this.#triesLeft--;
    throw this.#triesLeft > 0 ? { ...problem('code_wrong'), triesLeft: this.#triesLeft } : problem('code_expired');
  }

  #verifyPin(pin: string): Record<string, never> {
    if (pin === goodPin) return {};
    this.#pinTriesLeft--;
    throw this.#pinTriesLeft > 0
      ? { ...problem('pin_wrong'), triesLeft: this.#pinTriesLeft, retryAfterMs: 30_000 }
      : problem('pin_locked');
  }

  #setPin(pin: string): Record<string, never> {
    if (pin === '123456') throw problem('pin_weak');
    return this.setTwoStep(pin ? { pinSet: true, reminderAt: Date.now() + 86_400_000 } : { pinSet: false, email: '', reminderAt: 0 });
  }

  #register({ phone, code, name }: Params<'register'>): Status {
    this.#verify(code);
    this.#signIn(phone, name, true);
    this.emit('status', this.#status);
    return this.#status;
  }

  #loggedOut(): Record<string, never> {
    this.chats.clear();
    this.#devices = [];
    this.#status = { ...this.#status, state: 'loggedOut', logoutReason: 'removed', connection: 'offline' };
    this.emit('status', this.#status);
    return {};
  }

  #rename(id: string, name: string): Record<string, never> {
    this.#devices = this.#devices.map((device) => (device.id === id ? { ...device, name } : device));
    this.emit('devices', {});
    return {};
  }

  #remove(id: string): Record<string, never> {
    this.#devices = this.#devices.filter((device) => device.id !== id);
    this.emit('devices', {});
    return this.#setNotices(this.#notices.filter((notice) => notice.deviceId !== id));
  }

  readonly #methods: { [M in keyof Methods]: (params: never) => Result<M> | Promise<Result<M>> } = {
    status: () => this.#status,
    requestCode: ({ phone }: Params<'requestCode'>) => {
      if (!/^\+\d{8,15}$/.test(phone)) throw problem('phone_invalid');
      return { sender: 'console', retryAfterMs: 30_000, expiresInMs: 600_000 };
    },
    register: (params: Params<'register'>) => this.#register(params),
    verifyCode: ({ code }: Params<'verifyCode'>) => {
      this.#verify(code);
      if (!this.#guarded) return { existing: this.taken, pinNeeded: false };
      return { existing: true, pinNeeded: true, pinTriesLeft: this.#pinTriesLeft, ...this.#guarded };
    },
    verifyPin: ({ pin }: Params<'verifyPin'>) => this.#verifyPin(pin),
    requestPinResetMail: () => ({ email: this.#guarded?.email ?? '', retryAfterMs: 30_000, expiresInMs: 1_800_000 }),
    verifyPinResetMail: ({ code }: Params<'verifyPinResetMail'>) => {
      this.#verify(code);
      return {};
    },
    startPinReset: () => ({ readyAt: Date.now() + 7 * 86_400_000 }),
    twoStep: () => this.#twoStep,
    setPin: ({ pin }: Params<'setPin'>) => this.#setPin(pin),
    confirmPin: ({ pin }: Params<'confirmPin'>) => {
      if (pin !== goodPin) throw problem('pin_wrong');
      return this.setTwoStep({ reminderAt: Date.now() + 172_800_000 });
    },
    setRecoveryEmail: ({ address }: Params<'setRecoveryEmail'>) => {
      if (address && !address.includes('@')) throw problem('email_invalid');
      this.setTwoStep(address ? { emailPending: 'a•••@e•••.org' } : { email: '', emailPending: '' });
      return { email: 'a•••@e•••.org', retryAfterMs: 30_000, expiresInMs: 1_800_000 };
    },
    confirmRecoveryEmail: ({ code }: Params<'confirmRecoveryEmail'>) => {
      this.#verify(code);
      return this.setTwoStep({ email: 'a•••@e•••.org', emailPending: '' });
    },
    cancelPinReset: () => this.setTwoStep({ resetReadyAt: 0, resetRequestedAt: 0 }),
    lockStatus: () => this.lock.status,
    setLock: (params: Params<'setLock'>) => this.lock.set(params),
    changePassphrase: (params: Params<'changePassphrase'>) => this.lock.change(params),
    removeLock: (params: Params<'removeLock'>) => this.lock.remove(params),
    addPasskey: (params: Params<'addPasskey'>) => this.lock.addPasskey(params),
    removePasskey: (params: Params<'removePasskey'>) => this.lock.removePasskey(params),
    unlock: (params: Params<'unlock'>) => this.lock.unlock(params),
    lock: () => this.lock.lock(),
    setLockAfter: (params: Params<'setLockAfter'>) => this.lock.setAfter(params),
    eraseDevice: () => this.lock.erase(),
    history: () => this.#history,
    repairDevice: () => ({}),
    diagnose: () => ({ checks: this.checks }),
    startLink: () => this.#newOffer(),
    startCodeLink: () => ({ code: '7KQ4-M2XP', expiresAt: this.#newOffer().expiresAt }),
    confirmLinkWords: ({ words, same }: Params<'confirmLinkWords'>) => {
      if (String(words) !== String(linkWords)) return {};
      this.link(same ? { state: 'claimed' } : { state: 'failed', error: problem('link_words_differ') });
      return {};
    },
    claimLinkCode: ({ code }: Params<'claimLinkCode'>) => {
      if (!/^[\w-]{8,9}$/.test(code)) throw problem('link_code_malformed');
      return { words: linkWords, uri: `parley://link?typed=${code}`, expiresAt: Date.now() + codeLifetime };
    },
    cancelLink: () => {
      clearTimeout(this.#expiry);
      return {};
    },
    inspectLink: async ({ uri }: Params<'inspectLink'>) => {
      if (uri.includes('typed')) await this.wordsConfirmed;
      if (this.#devices.length > 4) throw problem('too_many_devices');
      return this.#inspect(uri);
    },
    acceptLink: () => this.addDevice({ name: 'Firefox on Windows', online: true }),
    acceptMove: ({ pin }: Params<'acceptMove'>) => this.#moveAccount(pin ?? ''),
    rejectLink: () => ({}),
    devices: () => ({ devices: this.#devices, limit: 4 }),
    renameDevice: ({ id, name }: Params<'renameDevice'>) => this.#rename(id, name),
    removeDevice: ({ id }: Params<'removeDevice'>) => this.#remove(id),
    removeOtherDevices: () => {
      for (const { id, current } of this.#devices) if (!current) this.#remove(id);
      return {};
    },
    exportDevices: () => ({ text: '"id","name"\r\n' }),
    notices: () => ({ notices: this.#notices }),
    answerNotice: ({ id }: Params<'answerNotice'>) => this.#setNotices(this.#notices.filter((notice) => notice.id !== id)),
    logout: () => this.#loggedOut(),
    setPicture: ({ data }: Params<'setPicture'>) => {
      this.pictures.set(this.#status.accountId ?? '', data);
      this.setStatus({ pictureAt: data ? Date.now() : 0 });
      return {};
    },
    picture: ({ accountId }: Params<'picture'>) => ({ type: 'image/jpeg', data: this.pictures.get(accountId) ?? '' }),
    settings: () => this.#settings,
    push: () => ({ publicKey: 'BA', endpoint: this.pushEndpoint }),
    setPush: ({ endpoint }: Params<'setPush'>) => {
      this.pushEndpoint = endpoint;
      return {};
    },
    testPush: () => ({ status: this.pushEndpoint ? 201 : 0 }),
    changeSettings: (change: Params<'changeSettings'>) => this.setSettings(change),
    setName: ({ name }: Params<'setName'>) => {
      this.setStatus({ name });
      return {};
    },
    chats: () => ({ chats: this.chats.list() }),
    openChat: ({ phone }: Params<'openChat'>) => {
      if (phone === this.#status.phone) return this.chats.add(phone, phone, { self: true });
      if (phone.endsWith('00')) throw problem('account_unknown');
      return this.chats.add(phone, phone);
    },
    chat: ({ chatId }: Params<'chat'>): Chat => this.chats.get(chatId),
    messages: (params: Params<'messages'>) => this.chats.page(params),
    storageUse: () => this.files.use(),
    files: ({ chatId }: Params<'files'>) => ({ messages: this.files.local(chatId), more: false }),
    removeFiles: ({ ids }: Params<'removeFiles'>) => {
      for (const id of ids) this.files.set(id, 'remote');
      return this.files.use();
    },
    checkFiles: ({ ids }: Params<'checkFiles'>) => ({ ids: ids.filter((id) => this.files.erased.has(id)) }),
    stickers: () => ({ stickers: this.files.stickers }),
    addSticker: (params: Params<'addSticker'>) => this.files.addSticker(params),
    removeSticker: ({ id }: Params<'removeSticker'>) => this.files.removeSticker(id),
    sendSticker: (params: Params<'sendSticker'>) => this.files.sendSticker(params),
    openSticker: () => ({ fileId: '', key: '', size: 0, type: '' }),
    fetchLinkPreview: ({ url }: Params<'fetchLinkPreview'>) => this.pages.get(url) ?? { url, title: '' },
    report: (params: Params<'report'>) => {
      this.reports.push(params);
      return {};
    },
    send: (params: Params<'send'>): Message => this.chats.send(params),
    putFile: () => ({ fileId: '', size: 0 }),
    addSealedFile: ({ fileId, size }: Params<'addSealedFile'>) => ({ fileId, size }),
    sendMedia: (params: Params<'sendMedia'>): Message => this.files.send(params),
    pauseMedia: ({ id }: Params<'pauseMedia'>): Message => this.files.set(id, this.chats.find(id)?.mine ? 'paused' : 'remote'),
    resumeMedia: ({ id }: Params<'resumeMedia'>): Message => this.files.set(id, 'uploading'),
    cancelMedia: ({ id }: Params<'cancelMedia'>) => this.files.cancel(id),
    downloadMedia: ({ id }: Params<'downloadMedia'>): Message => this.files.set(id, 'downloading'),
    saveFile: () => ({}),
    openFile: () => ({ fileId: '', key: '', size: 0, type: '' }),
    openOnce: ({ id }: Params<'openOnce'>): Message => this.files.openOnce(id),
    closeOnce: () => ({}),
    edit: ({ id, text }: Params<'edit'>) => this.chats.setMessage(id, { text, edited: true }),
    react: (params: Params<'react'>) => this.chats.react(params),
    delete: (params: Params<'delete'>) => this.chats.deleteMessages(params),
    forward: (params: Params<'forward'>) => this.chats.forward(params),
    vote: (params: Params<'vote'>) => this.chats.vote(params),
    sendPoll: ({ chatId, question, options, multiple = false }: Params<'sendPoll'>) =>
      this.chats.put(chatId, {
        text: question, kind: 'poll', mine: true, poll: { question, multiple, voters: 0, options: options.map((text) => ({ text, votes: 0 })) },
      }),
    sendLocation: ({ chatId, name = '', latitude, longitude }: Params<'sendLocation'>) =>
      this.chats.put(chatId, { text: name, kind: 'location', mine: true, location: { name, latitude, longitude } }),
    sendContact: ({ chatId, name, phone }: Params<'sendContact'>) =>
      this.chats.put(chatId, { text: name, kind: 'contact', mine: true, contact: { name, phone } }),
    setTimer: ({ chatId, seconds }: Params<'setTimer'>) => {
      this.chats.change(chatId, { keptFor: seconds });
      return this.chats.put(chatId, { text: '', kind: 'timer', mine: true, keptFor: seconds });
    },
    pin: (params: Params<'pin'>) => this.chats.pin(params),
    messageDetails: (params: Params<'messageDetails'>) => this.chats.details(params),
    createGroup: (params: Params<'createGroup'>): Chat => this.groups.create(params),
    group: (params: Params<'group'>) => this.groups.get(params),
    addToGroup: (params: Params<'addToGroup'>) => this.groups.add(params),
    removeFromGroup: (params: Params<'removeFromGroup'>) => this.groups.remove(params),
    changeGroup: (params: Params<'changeGroup'>) => this.groups.change(params),
    leaveGroup: (params: Params<'leaveGroup'>) => this.groups.leave(params),
    joinGroup: (): Chat => this.groups.create({ name: 'Reading circle' }),
    withdrawJoin: (params: Params<'withdrawJoin'>): Chat => this.groups.withdraw(params),
    answerJoin: (params: Params<'answerJoin'>) => this.groups.answer(params),
    createCommunity: (params: Params<'createCommunity'>) => this.groups.createCommunity(params),
    community: (params: Params<'community'>) => this.groups.community(params),
    linkableGroups: () => ({ chats: this.groups.linkable() }),
    linkGroup: (params: Params<'linkGroup'>) => this.groups.link(params),
    unlinkGroup: (params: Params<'unlinkGroup'>) => this.groups.unlink(params),
    joinCommunityGroup: ({ chatId }: Params<'joinCommunityGroup'>): Chat => this.groups.create({ name: chatId }),
    leaveCommunity: ({ chatId }: Params<'leaveCommunity'>) => this.groups.leave({ chatId }),
    endCommunity: ({ chatId }: Params<'endCommunity'>): Chat => this.chats.get(chatId),
    newMessageId: () => ({ id: crypto.randomUUID() }),
    retry: ({ id }: Params<'retry'>): Message => (this.chats.find(id)?.media ? this.files.set(id, 'uploading') : this.chats.retry(id)),
    markRead: ({ chatId, order }: Params<'markRead'>) => this.chats.markRead(chatId, order),
    changeChat: (params: Params<'changeChat'>) => this.chats.edit(params),
    setBlocked: ({ chatId, blocked }: Params<'setBlocked'>): Chat => {
      this.chats.change(chatId, { blocked });
      return this.chats.get(chatId);
    },
    blocked: () => ({ chats: this.chats.list().filter((chat) => chat.blocked) }),
    star: ({ id, starred }: Params<'star'>) => {
      this.chats.setMessage(id, { starred });
      return {};
    },
    starred: () => ({ messages: this.chats.starred(), more: false }),
    safetyNumber: ({ chatId }: Params<'safetyNumber'>) => ({
      groups: Array.from({ length: 12 }, (_, i) => String(10_007 + i * 7_411)),
      code: `parley-safety:1:${chatId}`, verified: this.chats.get(chatId).verified,
    }),
    compareSafetyCode: ({ chatId, code }: Params<'compareSafetyCode'>) => {
      const match = code === `parley-safety:1:${chatId}`;
      this.chats.change(chatId, { verified: match });
      return { match };
    },
    setVerified: ({ chatId, verified }: Params<'setVerified'>) => {
      this.chats.change(chatId, { verified });
      return {};
    },
    setTyping: () => ({}),
    setAvailable: () => ({}),
    search: ({ query, chatId = '' }: Params<'search'>) => ({ hits: this.chats.search(query).filter(({ message }) => !chatId || message.chatId === chatId) }),
    sync: () => this.#status,
    reconnect: () => {
      this.setStatus({ connection: 'connecting' });
      return {};
    },
  };
}

export function problem(code: string): ApiError {
  return { code, message: `The fake core says ${code}.` };
}
