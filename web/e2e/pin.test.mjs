// Two-step verification: a number with a PIN moves to another phone with code and PIN, and not without.
import { test } from 'node:test';
import { id } from './harness/app.mjs';
import { run } from './harness/process.mjs';
import { alice, inWorld } from './harness/world.mjs';

test('a number with a PIN is registered with it, and the old phone is told (M4, M35, M37)', inWorld(async (world) => {
  const old = await world.primary(alice);
  await old.setPin('304857');

  await run(['admin', 'reset-pin', '--data', world.relay.data, '--phone', alice.phone]);
  await old.page.reload();
  await old.click('pin-reset-cancel');
  await old.page.waitForSelector(id('pin-reset-notice'), { state: 'detached' });

  const next = await world.app();
  await next.click('welcome-register');
  await next.fill('register-phone', alice.phone);
  await next.click('register-have-code');
  await next.fill('register-code', await world.relay.invite(alice.phone));
  await next.click('takeover-go-on');
  await next.page.waitForSelector('text=This number is protected by two-step verification.');
  await next.fill('register-pin', '304857');
  await next.fill('register-name', 'Alice');
  await next.click('register-finish');
  await next.online();
  await old.page.waitForSelector(`${id('logged-out')}[data-reason=reregistered]`);
}));
