import { beforeEach, describe, expect, it } from 'vitest';
import { FakeCore, goodCode } from '../core/testing/fakeCore';
import { Registration } from './registration.svelte';

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
    registration.enterCode();
    registration.name = ' Alice ';
    await registration.finish();
    expect(core.calls.at(-1)?.params).toEqual({
      relay: 'https://chat.example.org', phone: '+32470123456', code: goodCode, name: 'Alice', deviceName: 'Chrome on Linux',
    });
  });

  it.each(['470123456', 'abc', '+32'])('asks nobody about %s', async (written) => {
    registration.phone = written;
    await registration.requestCode();
    expect(registration.phoneFault).not.toBe('');
    expect(core.calls).toEqual([]);
  });

  it('goes back to the code when it was wrong, and tells how many tries are left', async () => {
    await toCode();
    registration.code = '000000';
    registration.enterCode();
    registration.name = 'Alice';
    await registration.finish();
    expect(registration.step).toBe('code');
    expect(registration.code).toBe('');
    expect(registration.action.problem).toMatchObject({ code: 'code_wrong', triesLeft: 4 });
  });

  it('wants six digits', async () => {
    await toCode();
    registration.code = '12345';
    registration.enterCode();
    expect(registration.step).toBe('code');
    expect(registration.action.problem?.code).toBe('code_format');
  });

  it('lets somebody with an invitation enter its code without sending one', () => {
    registration.phone = '+32470123456';
    registration.useInvitation();
    expect(registration.step).toBe('code');
    expect(core.calls).toEqual([]);
  });
});
