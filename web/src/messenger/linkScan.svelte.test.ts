import { beforeEach, describe, expect, it } from 'vitest';
import { FakeCore, goodPin, linkWords } from '../core/testing/fakeCore';
import { LinkScan } from './linkScan.svelte';

const good = 'parley://link?v=1';
let core: FakeCore;
let scan: LinkScan;

beforeEach(() => {
  core = new FakeCore({ phone: '+32470112233' });
  scan = new LinkScan(core);
});

const inspections = () => core.calls.filter((call) => call.method === 'inspectLink').length;

describe('Linking from the primary', () => {
  it('shows the device and the account before anything happens (M25, M26)', async () => {
    await scan.scanned([good]);
    expect(scan.step).toBe('confirm');
    expect(scan.request).toMatchObject({ deviceName: 'Firefox on Windows', platform: 'web', phone: '+32470112233' });
    expect(core.calls.some((call) => call.method === 'acceptLink')).toBe(false);
  });

  it('has words compared after a typed code, and then shows the device (M5)', async () => {
    let confirm = () => {};
    core.wordsConfirmed = new Promise((resolve) => (confirm = resolve));
    const typed = scan.enter('7kq4-m2xp');
    await expect.poll(() => scan.step).toBe('compare');
    expect(scan.words).toEqual(linkWords);
    expect(scan.request).toBeUndefined();
    confirm();
    await typed;
    expect(scan.step).toBe('confirm');
    expect(scan.request).toMatchObject({ deviceName: 'Firefox on Windows' });
    await scan.accept();
    expect(scan.step).toBe('done');
  });

  it('ends on both devices when the words differ', async () => {
    core.wordsConfirmed = new Promise(() => {});
    void scan.enter('7KQ4-M2XP');
    await expect.poll(() => scan.step).toBe('compare');
    await scan.differ();
    expect(scan.step).toBe('differed');
    expect(core.calls.at(-1)).toMatchObject({ method: 'rejectLink', params: { uri: 'parley://link?typed=7KQ4-M2XP', wordsDiffer: true } });
  });

  it('says what is wrong with a typed code', async () => {
    await scan.enter('7KQ4');
    expect(scan.step).toBe('scan');
    expect(scan.action.problem?.code).toBe('link_code_malformed');
    await scan.enter('parley:nothing');
    expect(scan.action.problem?.code).toBe('link_malformed');
  });

  it('links on Accept', async () => {
    await scan.inspect(` ${good}\n`);
    await scan.accept();
    expect(scan.step).toBe('done');
    expect(scan.device?.name).toBe('Firefox on Windows');
  });

  it('accepts the device that it shows, whatever the camera sees meanwhile (M25)', async () => {
    const shown = scan.inspect(good);
    await scan.scanned([`${good}&other`]);
    await shown;
    await scan.accept();
    expect(core.calls.at(-1)).toMatchObject({ method: 'acceptLink', params: { uri: good } });
  });

  it('moves the account where that is asked for, with the PIN (M4, M35)', async () => {
    await scan.inspect(`${good}&move`);
    expect(scan.request).toMatchObject({ move: true, pinNeeded: true });
    await scan.accept('000000');
    expect(scan.step).toBe('confirm');
    expect(scan.pinWrong).toBe(true);
    await scan.accept(goodPin);
    expect(scan.step).toBe('done');
    expect(scan.device).toMatchObject({ primary: true });
    expect(core.calls.some((call) => call.method === 'acceptLink')).toBe(false);
  });

  it('links nothing on Reject', async () => {
    await scan.inspect(good);
    await scan.reject();
    expect(scan.step).toBe('rejected');
    expect(core.calls.at(-1)?.method).toBe('rejectLink');
  });

  it('says that another QR code is not the right one, and asks nobody', async () => {
    await scan.scanned(['https://example.org']);
    expect(scan.otherCode).toBe(true);
    expect(inspections()).toBe(0);
  });

  it('asks once about a refused code that stays before the camera, and again about the next (M23)', async () => {
    await scan.scanned([`${good}&expired`]);
    await scan.scanned([`${good}&expired`]);
    expect(scan.action.problem?.code).toBe('link_expired');
    expect(inspections()).toBe(1);
    await scan.scanned([good]);
    expect(scan.step).toBe('confirm');
  });

  it('can start again', async () => {
    await scan.inspect(good);
    await scan.reject();
    scan.again();
    await scan.scanned([good]);
    expect(scan.step).toBe('confirm');
  });
});
