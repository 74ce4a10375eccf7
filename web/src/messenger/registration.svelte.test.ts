import { beforeEach, describe, expect, it } from 'vitest';
import { FakeCore, goodCode, goodPin } from '../core/testing/fakeCore';
import { language } from '../i18n';
import { Registration } from './registration.svelte';
import { TwoStepState } from './twoStep.svelte';

let core: FakeCore;
let registration: Registration;

beforeEach(() => {
  core = new FakeCore();
  registration = new Registration(core, 'https://chat.example.org', 'Chrome on Linux');
});

async function toCode(): Promise<void> {
  registration.phone = '0032 470/12.34.56';
  await registration.requestCode();
}

describe('Registration', () => {
  it('registers with number, code and name (M4)', async () => {
    await toCode();
    expect(registration.step).toBe('code');
    expect(registration.sender).toBe('console');
    registration.code = '123 456';
    await registration.enterCode();
    registration.name = ' Alice ';
    await registration.finish();
    expect(core.calls.at(-1)?.params).toEqual({
      relay: 'https://chat.example.org', phone: '+32470123456', code: goodCode, name: 'Alice', deviceName: 'Chrome on Linux',
    });
  });

  it('asks for codes in the language of the app (X12)', async () => {
    await language.choose('fr');
    try {
      await toCode();
      await registration.requestMail();
      await new TwoStepState(core).setEmail('alice@example.org');
    } finally {
      await language.choose('en');
    }
    const asked = core.calls.filter(({ method }) => ['requestCode', 'requestPinResetMail', 'setRecoveryEmail'].includes(method));
    expect(asked.map(({ params }) => (params as { language?: string }).language)).toEqual(['fr', 'fr', 'fr']);
  });

  it.each(['470123456', 'abc', '+32'])('asks nobody about %s', async (written) => {
    registration.phone = written;
    await registration.requestCode();
    expect(registration.phoneFault).not.toBe('');
    expect(core.calls).toEqual([]);
  });

  it('stays at the code when it was wrong, and tells how many tries are left', async () => {
    await toCode();
    registration.code = '000000';
    await registration.enterCode();
    expect(registration.step).toBe('code');
    expect(registration.code).toBe('');
    expect(registration.action.problem).toMatchObject({ code: 'code_wrong', triesLeft: 4 });
  });

  it('wants six digits', async () => {
    await toCode();
    registration.code = '12345';
    await registration.enterCode();
    expect(registration.step).toBe('code');
    expect(registration.action.problem?.code).toBe('code_format');
  });

  it('warns before it takes a number over, and registers nothing until the person goes on (M4)', async () => {
    core.taken = true;
    await toCode();
    registration.code = goodCode;
    await registration.enterCode();
    expect(registration.step).toBe('takeover');
    registration.back();
    expect(registration.step).toBe('phone');
    await toCode();
    registration.code = goodCode;
    await registration.enterCode();
    expect(core.calls.map(({ method }) => method)).not.toContain('register');
    registration.takeOver();
    expect(registration.step).toBe('name');
  });

  it('asks for the PIN of a number that has one (M35)', async () => {
    core.guard({ email: 'a•••@e•••.org' });
    await toCode();
    registration.code = goodCode;
    await registration.enterCode();
    expect(registration.step).toBe('takeover');
    registration.takeOver();
    expect(registration.step).toBe('pin');
    registration.pin = '999888';
    await registration.enterPin();
    expect(registration.step).toBe('pin');
    expect(registration.action.problem).toMatchObject({ code: 'pin_wrong', triesLeft: 4 });
    registration.pin = goodPin;
    await registration.enterPin();
    expect(registration.step).toBe('name');
  });

  it('goes on by mail when the PIN is forgotten (M36)', async () => {
    core.guard({ email: 'a•••@e•••.org' });
    await toCode();
    registration.code = goodCode;
    await registration.enterCode();
    registration.forgetPin();
    expect(registration.email).toBe('a•••@e•••.org');
    await registration.requestMail();
    expect(registration.step).toBe('mail');
    registration.mailCode = goodCode;
    await registration.enterMailCode();
    expect(registration.step).toBe('name');
  });

  it('begins the waiting period, and goes back to the code when the proof is too old (M37)', async () => {
    core.guard({});
    await toCode();
    registration.code = goodCode;
    await registration.enterCode();
    registration.forgetPin();
    await registration.startWaiting();
    expect(registration.resetReadyAt).toBeGreaterThan(Date.now());
    registration.back();
    core.failNext.set('verifyPin', { code: 'code_expired', message: '' });
    registration.pin = goodPin;
    await registration.enterPin();
    expect(registration.step).toBe('code');
  });

  it('lets somebody with an invitation enter its code without sending one', () => {
    registration.phone = '+32470123456';
    registration.useInvitation();
    expect(registration.step).toBe('code');
    expect(core.calls).toEqual([]);
  });
});
