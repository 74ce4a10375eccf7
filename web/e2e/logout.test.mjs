// A device that is logged out loses everything, at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App, id } from './harness/app.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

/** Logs a device out in Settings of the primary. */
async function logOut(primary, name) {
  await primary.devices();
  await primary.page.locator(id('device'), { hasText: name }).locator(id('device-logout')).click();
  await primary.click('remove-confirm');
  await primary.page.locator(id('device'), { hasText: name }).waitFor({ state: 'detached' });
}

test('a linked browser that the primary logs out is cut off and wiped at once (M15, M16, M21)', inWorld(async (world, t) => {
  const [a1, b1] = await Promise.all([world.primary(alice), world.cliPrimary(bob)]);
  const browser = await world.browser();
  const a2 = await App.open(browser, world.relay.url);
  await a1.pasteLink(await a2.showLink('Laptop'));
  await a1.acceptLink();
  await a2.linked();
  const a3 = world.cli();
  const linking = a3.link('Server');
  await a1.pasteLink(await linking.offer());
  await a1.acceptLink();
  await linking.linked();
  a3.receive();
  const secret = 'the-rhubarb-is-in-the-cellar';
  await b1.send(alice.phone, secret);
  await a2.openChat('Bob');
  await a2.shows([secret]);

  await t.test('a linked device cannot link another (M21)', async () => {
    await a2.devices();
    await a2.see('devices-read-only');
    for (const name of ['link-device', 'device-rename', 'device-logout']) assert.equal(await a2.page.$(id(name)), null);
    const fresh = world.cli().link('Intruder');
    const { status, out } = await a3.run(['devices', 'link', await fresh.offer(), '--yes', '--json']);
    await fresh.stop();
    assert.equal(status, 1);
    assert.equal(JSON.parse(out).error.code, 'primary_only');
    await a1.devices();
    assert.equal(await a1.page.locator(id('device')).count(), 3);
  });

  await t.test('it says so, gets nothing further, and keeps nothing (M15, M16)', async () => {
    await a2.openChat('Bob');
    assert.ok(browser.holds(secret), 'before the logout the text is on the disk; else this test proves nothing');
    await logOut(a1, 'Laptop');
    await a2.page.waitForSelector(`${id('logged-out')}[data-reason=removed]`);
    await b1.send(alice.phone, 'for those who are still in');
    await a1.openChat('Bob');
    await a1.shows([secret, 'for those who are still in']);
    await a3.shows(bob.phone, [secret, 'for those who are still in']);
    await a2.page.reload();
    await a2.see('logged-out');
    await browser.stop();
    for (const text of [secret, 'for those who are still in']) assert.ok(!browser.holds(text), `${text} is still on the disk`);
  });

  await t.test('it can be linked again', async () => {
    await browser.start();
    const again = await App.open(browser, world.relay.url);
    await again.click('logged-out-link');
    await again.fill('link-device-name', 'Laptop again');
    await again.click('link-show');
    await a1.pasteLink(await again.linkUri());
    await a1.acceptLink();
    await again.linked();
    await again.openChat('Bob');
    await again.shows([secret, 'for those who are still in']);
  });
  assert.deepEqual(world.problems, []);
}));

test('a linked browser logs itself out and leaves nothing behind (M16)', inWorld(async (world) => {
  const [a1, b1] = await Promise.all([world.cliPrimary(alice), world.cliPrimary(bob)]);
  const browser = await world.browser();
  const a2 = await App.open(browser, world.relay.url);
  await a1.accept(await a2.showLink('Shared computer'));
  await a2.linked();
  await b1.send(alice.phone, 'only-for-this-shift');
  await a2.openChat('Bob');
  await a2.shows(['only-for-this-shift']);
  assert.ok(browser.holds('only-for-this-shift'));
  await a2.home();
  await a2.click('settings');
  await a2.click('settings-logout');
  await a2.click('logout-confirm');
  await a2.see('logged-out');
  await browser.stop();
  assert.ok(!browser.holds('only-for-this-shift'));
  const { devices } = JSON.parse(await a1.want('devices', '--json'));
  assert.equal(devices.length, 1);
}));
