// What the browser keeps is deleted or damaged: the app says so, and a way leads back (M195, M197); another account, too (M194).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { id } from './harness/app.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

/** Runs in a page of the same origin without the app: the files of a worker that has just ended are free a little later. */
async function spoil(how) {
  const root = await navigator.storage.getDirectory();
  for (let attempt = 1; ; attempt++) {
    try {
      if (how === 'delete') return await root.removeEntry('parley', { recursive: true });
      const pool = await (await root.getDirectoryHandle('parley')).getDirectoryHandle('.opaque');
      for await (const file of pool.values()) {
        if ((await file.getFile()).size < 8192) continue;
        const writing = await file.createWritable({ keepExistingData: true });
        // The pool's own note of the name stands in the first 4096 bytes.
        await writing.write({ type: 'write', position: 4096, data: new Uint8Array(4096).fill(0x55) });
        await writing.close();
      }
      return;
    } catch (error) {
      if (attempt === 160) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

/** Closes the app, does that to its files, and opens it again. */
async function away(app, relay, how) {
  await app.page.goto(`${relay.url}/healthz`);
  await app.page.evaluate(spoil, how);
  await app.page.goto(relay.url);
}

async function linkAgain(app, primary) {
  await app.fill('link-device-name', 'Laptop again');
  await app.click('link-show');
  await primary.accept(await app.linkUri());
  await app.linked();
}

test('a browser that has deleted the data is named, and the device linked again (M197)', inWorld(async (world) => {
  const [a1, b1] = await Promise.all([world.cliPrimary(alice), world.cliPrimary(bob)]);
  await b1.send(alice.phone, 'kept by the phone');
  const a2 = await world.app();
  const devtools = await a2.page.context().newCDPSession(a2.page);
  await devtools.send('Browser.setPermission', { origin: world.relay.url, permission: { name: 'persistent-storage' }, setting: 'granted' });
  await a1.receive().accept(await a2.showLink('Laptop'));
  await a2.linked();
  assert.ok(await a2.page.evaluate(() => navigator.storage.persisted()), 'the browser was asked to keep the data');

  await away(a2, world.relay, 'delete');
  await a2.see('evicted');
  assert.match(await a2.page.innerText('h1'), /This browser has deleted Parley’s data/);
  await a2.click('evicted-check');
  await a2.page.waitForSelector(`${id('check')}[data-check=account][data-code=evicted]`);
  await a2.click('back');
  await a2.click('evicted-link');
  await linkAgain(a2, a1);
  await a2.openChat('Bob');
  await a2.shows(['kept by the phone']);

  await a2.home();
  await a2.click('settings');
  await a2.click('settings-logout');
  await a2.click('logout-confirm');
  await a2.see('logged-out');
  await away(a2, world.relay, 'delete');
  await a2.see('welcome-link');
}));

test('a damaged database has a way to the check and to a new beginning (M195)', inWorld(async (world) => {
  const a1 = await world.cliPrimary(alice);
  const a2 = await world.linkedTo(a1.receive(), 'Laptop');
  await away(a2, world.relay, 'damage');
  await a2.page.waitForSelector(`${id('start')}[data-failed=true]`);
  await a2.click('start-check');
  await a2.page.waitForSelector(`${id('check')}[data-code=app_failed][data-state=failed]`);
  await a2.click('back');
  await a2.click('erase');
  await a2.page.keyboard.press('Escape');
  await a2.click('erase');
  await a2.click('erase-confirm');
  await a2.click('welcome-link');
  await linkAgain(a2, a1);
}));

test('the check shows whose account it is, and logs out this device or the others (M194)', inWorld(async (world) => {
  const a1 = await world.primary(alice);
  const a2 = await world.app();
  await a1.pasteLink(await a2.showLink('Laptop'));
  await a1.acceptLink();
  await a2.linked();
  for (const app of [a1, a2]) {
    await app.home();
    await app.click('settings');
    await app.click('settings-check');
    await app.page.locator(`${id('check')}[data-check=account]`, { hasText: '+32 470 00 00 01' }).waitFor();
  }
  await a2.click('check-account-logout');
  await a2.page.locator(id('logout-dialog'), { hasText: 'removed from this device' }).waitFor();
  await a2.page.keyboard.press('Escape');
  await a2.home();
  await a1.click('check-logout-others');
  await a1.page.locator(id('others-dialog'), { hasText: 'All devices but this one' }).waitFor();
  await a1.click('others-confirm');
  await a2.page.waitForSelector(`${id('logged-out')}[data-reason=removed]`);
}));
