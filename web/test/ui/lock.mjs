// What keeps others out: the app lock and safety numbers, on the fake core; ../ui.mjs runs these.
import assert from 'node:assert/strict';
import { bob, drive, focused, goneBack, holds, id, open, openChat } from './page.mjs';

export const lockTests = {
  async 'a contact is verified by its safety number, and not any more (X6)'(environment) {
    const { page } = await openChat(environment);
    await page.click(id('open-safety'));
    await page.waitForSelector(`${id('safety-state')}[data-verified=false]`);
    assert.match(await page.textContent(id('safety-digits-shown')), /^(\s*\d{5}){12}\s*$/);
    await page.click(id('safety-verify'));
    await page.waitForSelector(`${id('safety-state')}[data-verified=true]`);
    await page.click(id('safety-take-back'));
    await page.waitForSelector(`${id('safety-state')}[data-verified=false]`);
  },

  async 'while it is locked nothing of the chats is in the page, and the passphrase brings all back (M38)'(environment) {
    const { page, problems } = await open(environment, 'lock', bob);
    await page.waitForSelector(id('message'));
    await page.waitForFunction(() => document.title !== 'Parley');
    await page.fill(id('search'), 'meeting');
    await page.waitForSelector(id('search-hit'));
    await page.fill(id('composer-input'), 'half a sentence');
    await page.click(id('new-chat'));
    await page.keyboard.press('Control+Shift+L');
    await page.waitForSelector(id('locked'));
    assert.equal(await page.title(), 'Parley');
    const shown = await drive(page, () => document.documentElement.outerHTML);
    for (const word of ['Bob', 'Mama', 'Tennis', 'meeting', 'sentence', '+32', 'dialog open']) assert.ok(!shown.includes(word), `${word} is in the page`);
    await focused(page, 'unlock-passphrase');
    assert.equal(await drive(page, () => fakeCore.chats.get('account-7').draft), 'half a sentence');
    await page.keyboard.type('four words are enough');
    await page.keyboard.press('Enter');
    await page.waitForSelector(id('message'));
    await holds(page, 'composer-input', 'half a sentence');
    assert.equal(await page.inputValue(id('search')), '');
    assert.deepEqual(problems, []);
  },

  async 'whoever guesses the passphrase waits longer and longer (M38)'(environment) {
    const { page } = await open(environment, 'locked');
    for (let i = 0; i < 4; i++) {
      await page.fill(id('unlock-passphrase'), `guess number ${i}`);
      await page.click(id('unlock'));
      await page.waitForSelector(`${id('problem')}[data-code=wrong_passphrase]`);
      await page.waitForSelector(`${id('unlock')}:not([aria-busy])`);
    }
    await page.waitForSelector(`${id('unlock')}:disabled`);
    assert.match(await page.innerText(id('problem')), /Try again in (30|2\d|1\d) seconds/);
    const calls = () => drive(page, () => fakeCore.calls.filter(({ method }) => method === 'unlock').length);
    const before = await calls();
    await page.focus(id('unlock-passphrase'));
    await page.keyboard.press('Enter');
    assert.equal(await calls(), before);
  },

  async 'a forgotten passphrase leads to a new device (M38)'(environment) {
    const { page } = await open(environment, 'locked', bob);
    await page.click(id('forgot'));
    await page.click(id('erase'));
    await page.click(id('erase-confirm'));
    await page.waitForSelector(id('locked'), { state: 'detached' });
    assert.ok(await drive(page, () => fakeCore.calls.some(({ method }) => method === 'eraseDevice')));
    assert.equal(await drive(page, () => location.hash), '#/');
  },

  async 'the app lock is turned on, changed and turned off (M38)'(environment) {
    const { page, problems } = await open(environment, 'chats', '#/settings/lock');
    await page.click(id('lock-on'));
    await page.fill(id('lock-new'), 'seven geese');
    await page.fill(id('lock-again'), 'seven goose');
    await page.click(id('lock-submit'));
    await page.waitForSelector('text=The two passphrases are not the same.');
    await page.fill(id('lock-again'), 'seven geese');
    await page.click(id('lock-submit'));
    await page.waitForSelector(`${id('lock-state')}[data-state=open]`);
    assert.equal(await page.isChecked(id('lock-after-15')), true);
    await page.check(id('lock-after-1'));
    await page.waitForFunction(() => fakeCore.lock.status.lockAfterMs === 60_000);
    await page.click(id('passphrase-change'));
    await page.fill(id('lock-current'), 'seven goose');
    await page.fill(id('lock-new'), 'eight geese');
    await page.fill(id('lock-again'), 'eight geese');
    await page.click(id('lock-submit'));
    await page.waitForSelector(`${id('problem')}[data-code=wrong_passphrase]`);
    await page.fill(id('lock-current'), 'seven geese');
    await page.click(id('lock-submit'));
    await page.waitForSelector(id('passphrase-changed'));
    await page.waitForSelector(id('lock-all'));
    await page.click(id('lock-off'));
    await page.fill(id('lock-current'), 'eight geese');
    await page.click(id('lock-submit'));
    await page.waitForSelector(`${id('lock-state')}[data-state=off]`);
    assert.equal(await page.$(id('lock-all')), null);
    assert.deepEqual(problems, []);
  },

  async 'it locks after the time without use, and not while somebody reads (M38)'(environment) {
    const { page } = await open(environment, 'lock', bob);
    await page.clock.install();
    await page.reload();
    await page.waitForSelector(id('message'));
    await page.clock.runFor(14 * 60_000);
    await page.keyboard.press('PageUp'); // a movement of the mouse comes with the next drawing, whenever that is
    await page.clock.runFor(14 * 60_000);
    assert.ok(await page.$(id('message')));
    await page.clock.fastForward(2 * 60_000);
    await page.waitForSelector(id('locked'));
  },

  async 'a contact is blocked, and the block ends where one would write, or under Privacy (M55)'(environment) {
    const { page, problems } = await openChat(environment);
    const block = async () => {
      await page.click(id('conversation-menu'));
      await page.click(id('menu-block'));
      await page.click(id('block-confirm'));
      await page.waitForSelector(id('blocked-bar'));
      assert.equal(await page.$(id('composer-input')), null);
    };
    await block();
    await page.click(id('unblock'));
    await page.waitForSelector(id('composer-input'));
    await block();
    await goneBack(page);
    await page.evaluate(() => (location.hash = '#/settings/privacy'));
    await page.click(id('blocked-end'));
    await page.waitForSelector(id('blocked-none'));
    await page.click(`${id('privacy-receipts')} input[value=off]`, { force: true });
    await page.check(`${id('privacy-presence')} input[value=nobody]`);
    await page.waitForFunction(async () => {
      const chosen = await fakeCore.call('settings', {});
      return chosen.presence === 'nobody' && chosen.readReceipts === 'off';
    });
    assert.deepEqual(problems, []);
  },

  async 'a contact is reported with what was chosen, and blocked (M55)'(environment) {
    const { page, problems } = await openChat(environment);
    await page.click(id('conversation-menu'));
    await page.click(id('menu-report'));
    await page.locator(id('report-message')).last().check();
    await page.fill(id('report-note'), 'rude');
    await page.click(id('report-send'));
    await page.waitForSelector(id('report-done'));
    const [report] = await drive(page, () => fakeCore.reports);
    assert.equal(report.note, 'rude');
    assert.equal(report.messageIds.length, 1);
    assert.equal(report.chatId, 'account-7');
    await page.waitForFunction(async () => (await fakeCore.call('blocked', {})).chats.some(({ id }) => id === 'account-7'));
    assert.deepEqual(problems, []);
  },
};
