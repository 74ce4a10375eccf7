// Devices, the PIN, and what checks the connection, on the fake core; ../ui.mjs runs these.
import assert from 'node:assert/strict';
import { drive, goneBack, id, open, openChat, phone } from './page.mjs';

export const devicesTests = {
  async 'a draft of another device shows in the list and in the field'(environment) {
    const { page } = await openChat(environment);
    await drive(page, () => fakeCore.chats.edit({ chatId: 'account-7', draft: 'begun on the phone' }));
    await page.waitForFunction(() => document.querySelector('[data-testid=composer-input]').value === 'begun on the phone');
    await drive(page, () => fakeCore.chats.edit({ chatId: 'account-6', draft: 'for Mama' }));
    await page.waitForSelector('text=Draft: for Mama');
  },

  async 'a device is linked by a pasted link, renamed and logged out (M6, M15, M18, M25)'(environment) {
    const { page } = await open(environment, 'chats', '#/settings/devices/link');
    await page.fill(id('paste-link'), 'nonsense!');
    await page.click(id('paste-use'));
    await page.waitForSelector(`${id('problem')}[data-code=link_code_malformed]`);
    await page.fill(id('paste-link'), 'parley://link?ok');
    await page.click(id('paste-use'));
    await page.click(id('link-accept'));
    await page.click(id('scan-done'));
    const linked = page.locator(id('device'), { hasText: 'Firefox on Windows' });
    await linked.locator(id('device-rename')).click();
    await page.fill(id('rename-name'), 'PC Support - Londres');
    await page.click(id('rename-save'));
    await page.waitForSelector('text=PC Support - Londres');
    await page.locator(id('device'), { hasText: 'PC Support - Londres' }).locator(id('device-logout')).click();
    await page.click(id('remove-confirm'));
    await page.waitForSelector('text=PC Support - Londres', { state: 'detached' });
  },

  async 'at the fifth device one is logged out and linking goes on (M2)'(environment) {
    const { page } = await open(environment, 'notices', '#/settings/devices/link');
    await page.fill(id('paste-link'), 'parley://link?ok');
    await page.click(id('paste-use'));
    await page.waitForSelector(`${id('problem')}[data-code=too_many_devices]`);
    await page.locator(`${id('make-room')} ${id('device-logout')}`).first().click();
    await page.click(id('remove-confirm'));
    await page.click(id('link-accept'));
    await page.waitForSelector(id('scan-done'));
  },

  async 'a device that was added is logged out by its notice, and on a linked device explained (M19)'(environment) {
    const primary = await open(environment, 'notices', '#/settings/devices');
    await primary.page.locator(id('device'), { hasText: 'Firefox on Windows' }).waitFor();
    await primary.page.click(id('notice-not-me'));
    await primary.page.locator(id('device'), { hasText: 'Firefox on Windows' }).waitFor({ state: 'detached' });
    await primary.page.waitForSelector(id('account-notice'), { state: 'detached' });
    const { page } = await open(environment, 'linkedNotices');
    assert.equal(await page.locator(`${id('account-notice')} [data-kind]`).getAttribute('data-kind'), 'primarySilent');
    await page.click(id('notice-answer'));
    await page.waitForSelector(`${id('account-notice')} [data-kind=deviceAdded]`);
    await page.click(id('notice-not-me'));
    await page.waitForSelector(id('not-me-dialog'));
  },

  async 'all other devices are logged out at once, and the list is saved (M20, M39)'(environment) {
    const { page } = await open(environment, 'chats', '#/settings/devices');
    const saved = page.waitForEvent('download');
    await page.click(id('export-devices'));
    assert.equal((await saved).suggestedFilename(), 'parley-devices.csv');
    await page.click(id('logout-others'));
    await page.click(id('others-confirm'));
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=device]').length === 1);
  },

  async 'a PIN is set, a recovery address confirmed, and both are removed (M35, M36)'(environment) {
    const { page } = await open(environment, 'chats', '#/settings/two-step');
    await page.click(id('pin-set'));
    await page.fill(id('pin-new'), '304857');
    await page.fill(id('pin-again'), '304858');
    await page.click(id('pin-save'));
    await page.waitForSelector('text=The two PINs are not the same');
    await page.fill(id('pin-again'), '304857');
    await page.click(id('pin-save'));
    await page.waitForSelector(`${id('two-step')}[data-on=true]`);
    await page.click(id('email-set'));
    await page.fill(id('email-address'), 'alice@example.org');
    await page.click(id('email-submit'));
    await page.fill(id('email-code'), '123456');
    await page.waitForSelector('text=A code to a•••@e•••.org can replace the PIN.');
    await page.click(id('pin-remove'));
    await page.click(id('pin-remove-confirm'));
    await page.waitForSelector(`${id('two-step')}[data-on=false]`);
    assert.equal(await page.$(id('recovery-email')), null);
  },

  async 'the reminder asks for the PIN and is content with it (M35)'(environment) {
    const { page } = await open(environment, 'pinReminder');
    await page.click(id('pin-reminder-enter'));
    await page.fill(id('pin-check'), '999888');
    await page.click(id('pin-check-submit'));
    await page.waitForSelector(`${id('problem')}[data-code=pin_wrong]`);
    await page.fill(id('pin-check'), '304857');
    await page.click(id('pin-check-submit'));
    await page.waitForSelector(id('pin-checked'));
    assert.equal(await page.$(id('pin-reminder')), null);
  },

  async 'a linked device sees a reset of the PIN and cancels it (M37)'(environment) {
    const { page } = await open(environment, 'pinReset');
    await page.click(id('pin-reset-cancel'));
    await page.waitForSelector(id('pin-reset-notice'), { state: 'detached' });
    await goneBack(page);
    await page.goto(`${page.url().split('#')[0]}#/settings/two-step`);
    await page.waitForSelector(id('two-step'));
    for (const name of ['pin-set', 'pin-remove', 'email-set']) assert.equal(await page.$(id(name)), null);
  },

  async 'a linked device cannot link or change devices (M21)'(environment) {
    const { page } = await open(environment, 'linked', '#/settings/devices');
    await page.waitForSelector(id('devices-read-only'));
    for (const name of ['link-device', 'device-rename', 'device-logout']) assert.equal(await page.$(id(name)), null);
  },

  async 'logging out says so and offers to link again (M16)'(environment) {
    const { page } = await open(environment, 'linked', '#/settings');
    await page.click(id('settings-logout'));
    await page.click(id('logout-confirm'));
    await page.waitForSelector(`${id('logged-out')}[data-reason=removed]`);
    await page.click(id('logged-out-link'));
    await page.waitForSelector(id('link-device-name'));
  },

  async 'the page of a linked account stays until the person goes on (M26)'(environment) {
    const { page } = await open(environment, 'new');
    await page.click(id('welcome-link'));
    await page.click(id('link-show'));
    await page.waitForSelector(id('link-qr'));
    await drive(page, () => fakeCore.link({ state: 'claimed' }));
    await page.waitForSelector(`${id('link-step')}[data-step=claimed]`);
    await drive(page, () => fakeCore.link({ state: 'accepted', phone: '+32470112233' }));
    await page.waitForSelector('text=Linked to +32 470 11 22 33');
    await page.click(id('link-continue'));
    await page.waitForSelector(id('messenger'));
    await page.goBack();
    await page.waitForSelector(id('messenger'));
  },

  async 'the linking code is dark on white with a quiet zone, also in the dark'(environment) {
    const { page } = await open(environment, 'new', '#/link', phone);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.click(id('link-show'));
    await page.waitForSelector(id('link-qr'));
    const code = await page.$eval(id('link-qr'), (svg) => ({
      ground: getComputedStyle(svg.querySelector('rect')).fill,
      dark: getComputedStyle(svg.querySelector('path')).fill,
      box: svg.viewBox.baseVal.width,
      start: Number(/^M(\d+)/.exec(svg.querySelector('path').getAttribute('d'))[1]),
      uri: svg.dataset.uri,
    }));
    assert.equal(code.ground, 'rgb(255, 255, 255)');
    assert.equal(code.dark, 'rgb(0, 0, 0)');
    assert.equal(code.start, 4);
    assert.match(code.uri, /^parley:\/\/link/);
  },

  async 'checking the connection names what is wrong, copies a report and repairs (M113, M192–M199)'(environment) {
    const { page, problems } = await open(environment, 'trouble', '#/settings');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.click(id('settings-check'));
    const first = page.locator(id('check')).first();
    await page.waitForSelector(id('check-summary'));
    assert.equal(await first.getAttribute('data-state'), 'failed');
    assert.match(await page.innerText(`${id('check')}[data-check=clock]`), /47 minutes ahead.*\n.*automatic/s);
    assert.match(await page.innerText(`${id('check')}[data-check=primary]`), /11 days ago\. In 3 days/);
    assert.match(await page.innerText(`${id('check')}[data-check=account]`), /It belongs to \+32 470 11 22 33/);
    await page.click(id('check-copy'));
    await page.waitForSelector('text=Copied');
    const report = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(report, /warning clock +clock_ahead offsetMs=2820000\n/);
    assert.doesNotMatch(report, /470|Alice|Office|example/);
    await page.click(id('check-repair'));
    await page.waitForSelector('text=This device repairs itself now.');
    await drive(page, () => (fakeCore.checks = []));
    await page.click(id('check-again'));
    await page.waitForSelector(`${id('check')}[data-code=storage_full]`, { state: 'detached' });
    await page.click(id('check-logout'));
    await page.waitForSelector(id('logout-dialog'));
    assert.deepEqual(problems, []);
  },
};
