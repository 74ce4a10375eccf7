import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { codeLifetime, FakeCore, linkWords } from '../core/testing/fakeCore';
import { Linking } from './linking.svelte';

let core: FakeCore;
let linking: Linking;

beforeEach(() => {
  vi.useFakeTimers();
  core = new FakeCore();
  linking = new Linking(core, 'https://chat.example.org', 'Office PC');
});
afterEach(() => {
  linking.close();
  vi.useRealTimers();
});

const offers = () => core.calls.filter((call) => call.method === 'startLink').length;

describe('Linking a new device', () => {
  it('shows a code for this device on this server (M5, M6)', async () => {
    await linking.show();
    expect(linking.step).toBe('code');
    expect(linking.uri).toMatch(/^parley:\/\/link/);
    expect(core.calls.at(-1)?.params).toEqual({ relay: 'https://chat.example.org', deviceName: 'Office PC', move: false });
  });

  it('asks for the account if it is to move here (M4)', async () => {
    linking.close();
    linking = new Linking(core, 'https://chat.example.org', 'New phone', () => true);
    await linking.show();
    expect(core.calls.at(-1)?.params).toMatchObject({ move: true });
  });

  it('renews the code when it expires, five times, and then waits for the person (M23)', async () => {
    await linking.show();
    const first = linking.uri;
    await vi.advanceTimersByTimeAsync(codeLifetime);
    expect(linking.step).toBe('code');
    expect(linking.uri).not.toBe(first);
    await vi.advanceTimersByTimeAsync(codeLifetime * 10);
    expect(linking.step).toBe('expired');
    expect(offers()).toBe(6);
    await linking.show();
    expect(linking.step).toBe('code');
  });

  it('tells which account claims and gets it (M26)', async () => {
    await linking.show();
    core.link({ state: 'claimed' });
    expect(linking.step).toBe('claimed');
    expect(linking.phone).toBe('');
    core.link({ state: 'accepted', phone: '+32470112233' });
    expect(linking.step).toBe('accepted');
    expect(linking.phone).toBe('+32470112233');
  });

  it('shows a code to be typed, and words, and goes on when they are the same (M5, M6)', async () => {
    await linking.show();
    await linking.use(true);
    expect(linking.step).toBe('code');
    expect(linking.code).toBe('7KQ4-M2XP');
    core.link({ state: 'comparing', words: linkWords });
    expect(linking.step).toBe('comparing');
    expect(linking.words).toEqual(linkWords);
    await linking.answer(true);
    expect(linking.step).toBe('claimed');
  });

  it('ends when the words differ', async () => {
    await linking.use(true);
    core.link({ state: 'comparing', words: linkWords });
    await linking.answer(false);
    expect(linking.step).toBe('failed');
    expect(linking.problem?.code).toBe('link_words_differ');
  });

  it('shows no other code while words are compared', async () => {
    await linking.use(true);
    core.link({ state: 'comparing', words: linkWords });
    core.link({ state: 'expired' });
    expect(linking.step).toBe('expired');
  });

  it('says when the phone rejects it', async () => {
    await linking.show();
    core.link({ state: 'rejected' });
    expect(linking.step).toBe('rejected');
  });

  it('keeps why linking failed', async () => {
    await linking.show();
    core.link({ state: 'failed', error: { code: 'link_tampered', message: '' } });
    expect(linking.step).toBe('failed');
    expect(linking.problem?.code).toBe('link_tampered');
  });

  it('stays at the name when the first code cannot be had', async () => {
    core.failNext.set('startLink', { code: 'relay_unreachable', message: '' });
    await linking.show();
    expect(linking.step).toBe('name');
    expect(linking.action.problem?.code).toBe('relay_unreachable');
  });

  it('fails when a fresh code cannot be had', async () => {
    await linking.show();
    core.failNext.set('startLink', { code: 'relay_unreachable', message: '' });
    await vi.advanceTimersByTimeAsync(codeLifetime);
    expect(linking.step).toBe('failed');
    expect(linking.problem?.code).toBe('relay_unreachable');
  });

  it('takes the code back when the person leaves', async () => {
    await linking.show();
    linking.close();
    expect(core.calls.at(-1)?.method).toBe('cancelLink');
  });
});
