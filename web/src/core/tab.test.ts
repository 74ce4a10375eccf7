import { describe, expect, test } from 'vitest';
import type { CoreState } from './core';
import { CoreError } from './errors';
import { Tab } from './tab';
import { FakeBrowser, type FakeTab, settle } from './testing/browser';

interface Methods {
  send: { params: { text: string }; result: { method: string; params: { text: string } } };
}

interface Events {
  message: { text: string };
  reset: Record<string, never>;
}

interface Page {
  tab: FakeTab;
  core: Tab<Methods, Events>;
  /** Events and phases in the order they came. */
  log: string[];
}

function openPage(browser: FakeBrowser, name: string): Page {
  const tab = browser.tab(name);
  const core = new Tab<Methods, Events>(tab, { deviceName: name });
  const log: string[] = [];
  core.on('message', ({ text }) => log.push(`message ${text}`));
  core.on('reset', () => log.push('reset'));
  core.onState((state: CoreState) => log.push(state.phase));
  return { tab, core, log };
}

/** Two tabs of which the first leads and is ready. */
async function openTwo(): Promise<{ browser: FakeBrowser; first: Page; second: Page }> {
  const browser = new FakeBrowser();
  const first = openPage(browser, 'first');
  await settle();
  const second = openPage(browser, 'second');
  await settle();
  first.tab.worker.ready();
  await settle();
  for (const page of [first, second]) page.log.length = 0;
  return { browser, first, second };
}

const hello = { text: 'hello' };
const answer = { method: 'send', params: hello };

async function codeOf(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => new Error('the call succeeded'),
    (e: unknown) => e,
  );
  return error instanceof CoreError ? error.code : String(error);
}

describe('one tab', () => {
  test('calls made before the core is ready are answered', async () => {
    const { tab, core } = openPage(new FakeBrowser(), 'only');
    const call = core.call('send', hello);
    await settle();
    expect(tab.worker.calls).toEqual([]);
    tab.worker.ready();
    tab.worker.answer();
    expect(await call).toEqual(answer);
    expect(core.state).toEqual({ phase: 'ready', storage: 'opfs' });
  });

  test('an error of the core keeps its code and its details', async () => {
    const { tab, core } = openPage(new FakeBrowser(), 'only');
    await settle();
    tab.worker.ready();
    const call = core.call('send', hello);
    const error = { code: 'code_wrong', message: 'No.', triesLeft: 2 };
    tab.worker.say({ kind: 'result', id: tab.worker.calls[0]?.id ?? '', error });
    await expect(call).rejects.toMatchObject(error);
  });

  test('an unsubscribed handler is not called', async () => {
    const { tab, core, log } = openPage(new FakeBrowser(), 'only');
    await settle();
    tab.worker.ready();
    const off = core.on('message', () => log.push('unwanted'));
    off();
    off();
    tab.worker.event('message', { text: 'a' });
    expect(log).toEqual(['ready', 'message a']);
  });

  test('closing rejects what waits, ends the worker and refuses more', async () => {
    const { tab, core } = openPage(new FakeBrowser(), 'only');
    await settle();
    tab.worker.ready();
    const call = core.call('send', hello);
    core.close();
    core.close();
    expect(await codeOf(call)).toBe('core_closed');
    expect(await codeOf(core.call('send', hello))).toBe('core_closed');
    expect(tab.worker.terminated).toBe(true);
  });

  test('without locks every call fails with a reason', async () => {
    const browser = new FakeBrowser();
    browser.lockError = new Error('denied');
    const { core } = openPage(browser, 'only');
    const early = core.call('send', hello);
    expect(await codeOf(early)).toBe('no_locks');
    expect(await codeOf(core.call('send', hello))).toBe('no_locks');
    expect(core.state).toMatchObject({ phase: 'failed', error: { code: 'no_locks' } });
  });
});

describe('a core that stops', () => {
  async function ready(): Promise<Page & { browser: FakeBrowser }> {
    const browser = new FakeBrowser();
    const page = openPage(browser, 'only');
    await settle();
    page.tab.worker.ready();
    page.log.length = 0;
    return { ...page, browser };
  }

  test('is started again, calls are sent again, and reset is sent', async () => {
    const { browser, tab, core, log } = await ready();
    const call = core.call('send', hello);
    const broken = tab.worker;
    broken.say({ kind: 'fatal' });
    expect(broken.terminated).toBe(true);
    await browser.advance(0);
    tab.worker.ready();
    expect(tab.worker.calls.map((c) => c.id)).toEqual(broken.calls.map((c) => c.id));
    tab.worker.answer();
    expect(await call).toEqual(answer);
    expect(log).toEqual(['restarting', 'ready', 'reset']);
  });

  test('over the same call twice makes that call fail and others not', async () => {
    const { browser, tab, core } = await ready();
    const poison = core.call('send', { text: 'poison' });
    tab.worker.say({ kind: 'fatal' });
    await browser.advance(0);
    tab.worker.ready();
    const other = core.call('send', hello);
    tab.worker.say({ kind: 'fatal' });
    expect(await codeOf(poison)).toBe('core_crashed');
    await browser.advance(500);
    tab.worker.ready();
    tab.worker.answer();
    expect(await other).toEqual(answer);
  });

  test('four times in a minute has failed', async () => {
    const { browser, tab, core } = await ready();
    for (const wait of [0, 500, 2000]) {
      tab.worker.say({ kind: 'fatal' });
      await browser.advance(wait);
      tab.worker.ready();
    }
    tab.worker.say({ kind: 'fatal' });
    expect(core.state).toMatchObject({ phase: 'failed', error: { code: 'core_failed' } });
    expect(await codeOf(core.call('send', hello))).toBe('core_failed');
    await browser.advance(100_000);
    expect(tab.workers).toHaveLength(4);
  });

  test('now and then is started again each time', async () => {
    const { browser, tab, core } = await ready();
    for (let i = 0; i < 10; i++) {
      tab.worker.say({ kind: 'fatal' });
      await browser.advance(60_000);
      tab.worker.ready();
    }
    expect(core.state.phase).toBe('ready');
  });

  test('because its script broke is started again too', async () => {
    const { browser, tab, core } = await ready();
    tab.worker.breakDown();
    await browser.advance(0);
    tab.worker.ready();
    expect(core.state.phase).toBe('ready');
  });
});

describe('a core that cannot start', () => {
  test('because it cannot be downloaded says so', async () => {
    const { tab, core } = openPage(new FakeBrowser(), 'only');
    const call = core.call('send', hello);
    await settle();
    tab.worker.breakDown();
    expect(await codeOf(call)).toBe('wasm_download');
    expect(core.state).toMatchObject({ phase: 'failed', error: { code: 'wasm_download' } });
  });

  test('says its own reason in every tab', async () => {
    const browser = new FakeBrowser();
    const first = openPage(browser, 'first');
    const second = openPage(browser, 'second');
    const call = second.core.call('send', hello);
    await settle();
    first.tab.worker.say({ kind: 'failed', error: { code: 'storage_busy', message: 'Busy.' } });
    expect(await codeOf(call)).toBe('storage_busy');
    expect(second.core.state).toMatchObject({ phase: 'failed', error: { code: 'storage_busy' } });
    expect(await codeOf(second.core.call('send', hello))).toBe('storage_busy');
  });
});

describe('a core that has failed for good', () => {
  const busy = { kind: 'failed', error: { code: 'storage_busy', message: 'Busy.' } } as const;

  test('is tried again by another tab when a tab is reloaded', async () => {
    const { browser, first, second } = await openTwo();
    first.tab.worker.say(busy);
    await settle();
    expect(second.core.state.phase).toBe('failed');
    second.core.close();
    const reloaded = openPage(browser, 'reloaded');
    const call = reloaded.core.call('send', hello);
    await settle();
    expect(first.tab.workers).toHaveLength(1);
    reloaded.tab.worker.ready();
    reloaded.tab.worker.answer();
    expect(await call).toEqual(answer);
    await settle();
    expect(first.core.state).toEqual({ phase: 'ready', storage: 'opfs' });
    expect(first.log).toEqual(['failed', 'restarting', 'ready', 'reset']);
  });

  test('answers with its reason as long as no tab is opened', async () => {
    const { first, second } = await openTwo();
    first.tab.worker.say(busy);
    await settle();
    expect(await codeOf(second.core.call('send', hello))).toBe('storage_busy');
    expect(second.tab.workers).toHaveLength(0);
  });

  test('and fails in the next tab too is tried by the one after it', async () => {
    const { browser, first, second } = await openTwo();
    first.tab.worker.say(busy);
    await settle();
    const third = openPage(browser, 'third');
    await settle();
    second.tab.worker.say(busy);
    await settle();
    expect(third.core.state.phase).toBe('failed');
    const fourth = openPage(browser, 'fourth');
    await settle();
    third.tab.worker.ready();
    await settle();
    expect([first, second, third, fourth].map((page) => page.core.state.phase)).toEqual(Array(4).fill('ready'));
  });

  test('a closed tab that had resigned leads no more', async () => {
    const { browser, first, second } = await openTwo();
    first.tab.worker.say(busy);
    await settle();
    const third = openPage(browser, 'third');
    await settle();
    first.core.close();
    second.core.close();
    await settle();
    third.tab.worker.ready();
    await settle();
    expect(third.core.state.phase).toBe('ready');
    expect(first.tab.workers).toHaveLength(1);
  });
});

describe('several tabs', () => {
  test('share one worker', async () => {
    const { first, second } = await openTwo();
    expect(first.tab.workers).toHaveLength(1);
    expect(second.tab.workers).toHaveLength(0);
    expect(second.core.state).toEqual({ phase: 'ready', storage: 'opfs' });
    const calls = [second.core.call('send', hello), first.core.call('send', hello)];
    await settle();
    first.tab.worker.answer();
    expect(await Promise.all(calls)).toEqual([answer, answer]);
  });

  test('all hear each event once and in order', async () => {
    const { first, second } = await openTwo();
    for (const text of ['a', 'b', 'c']) first.tab.worker.event('message', { text });
    await settle();
    const want = ['message a', 'message b', 'message c'];
    expect(first.log).toEqual(want);
    expect(second.log).toEqual(want);
  });

  test('learn the state when they come later', async () => {
    const { browser } = await openTwo();
    const third = openPage(browser, 'third');
    await settle();
    expect(third.core.state).toEqual({ phase: 'ready', storage: 'opfs' });
    expect(third.log).toEqual(['ready']);
  });

  test.each(['crash', 'close'] as const)('another leads after the leader %s, answers what waited, and sends reset', async (end) => {
    const { browser, first, second } = await openTwo();
    const third = openPage(browser, 'third');
    await settle();
    third.log.length = 0;
    const calls = [second.core.call('send', hello), third.core.call('send', hello)];
    await settle();
    const sent = first.tab.worker.calls.map((c) => c.id).sort();
    if (end === 'crash') first.tab.crash();
    else first.core.close();
    await settle();
    expect(first.tab.worker.terminated).toBe(true);
    second.tab.worker.ready();
    await settle();
    expect(second.tab.worker.calls.map((c) => c.id).sort()).toEqual(sent);
    second.tab.worker.event('message', { text: 'new' });
    second.tab.worker.answer();
    expect(await Promise.all(calls)).toEqual([answer, answer]);
    await settle();
    const want = ['restarting', 'ready', 'reset', 'message new'];
    expect(second.log).toEqual(want);
    expect(third.log).toEqual(want);
  });

  test('a call made while nobody leads is answered by the next leader, once', async () => {
    const { browser, first, second } = await openTwo();
    const third = openPage(browser, 'third');
    await settle();
    first.tab.crash();
    const call = third.core.call('send', hello);
    await settle();
    second.tab.worker.ready();
    await settle();
    expect(second.tab.worker.calls).toHaveLength(1);
    second.tab.worker.answer();
    expect(await call).toEqual(answer);
  });

  test('a tab that goes away before its answer disturbs nobody', async () => {
    const { first, second } = await openTwo();
    void second.core.call('send', hello).catch(() => {});
    await settle();
    second.tab.crash();
    first.tab.worker.answer();
    const call = first.core.call('send', hello);
    first.tab.worker.answer();
    expect(await call).toEqual(answer);
  });
});
