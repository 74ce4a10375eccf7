// The list of chats, menus, shortcuts and the keyboard, on the fake core; ../ui.mjs runs these.
import assert from 'node:assert/strict';
import { bob, drive, id, open, openChat, phone, violations } from './page.mjs';

export const chatsTests = {
  async 'everything runs under a policy without inline styles and scripts'(environment) {
    const { page, problems } = await openChat(environment);
    await page.click(id('emoji-button'));
    await page.waitForSelector(`${id('emoji-picker')} .grid button`);
    await page.keyboard.press('Escape');
    await page.click(id('settings'));
    await page.click(id('settings-devices'));
    await page.click(id('link-device'));
    await page.waitForSelector(`${id('camera')}[data-state=noCamera]`);
    assert.deepEqual(problems, []);
  },

  async 'chats are pinned, muted, archived, marked and renamed from the menu (M51-M53)'(environment) {
    const { page } = await open(environment, 'chats', '');
    const item = (n) => `${id('chat-item')}[data-chat-id=account-${n}]`;
    const choose = async (n, command) => {
      await page.click(item(n), { button: 'right' });
      await page.click(id(`menu-${command}`));
      await page.waitForSelector(id('menu'), { state: 'detached' });
    };
    await page.waitForSelector(item(3));
    await choose(3, 'pin');
    await page.waitForSelector(`${item(3)} ${id('sign-pinned')}`);
    await page.waitForFunction((items) => document.querySelector(items).dataset.chatId === 'account-3', id('chat-item'));
    await choose(3, 'mute');
    await page.check('input[value=week]');
    await page.click(id('mute-confirm'));
    await page.waitForSelector(`${item(3)} ${id('sign-muted')}`);
    const until = await drive(page, () => fakeCore.chats.get('account-3').mutedUntil - Date.now());
    assert.ok(Math.abs(until - 7 * 86_400_000) < 60_000);
    await choose(3, 'unread');
    await page.waitForSelector(`${item(3)} ${id('sign-unread')}`);
    await choose(3, 'rename');
    await page.fill(id('rename-contact-name'), 'Jef the plumber');
    await page.click(id('rename-contact-save'));
    await page.waitForSelector(`${item(3)}:has-text("Jef the plumber")`);
    await choose(3, 'archive');
    await page.waitForSelector(item(3), { state: 'detached' });
    await drive(page, () => fakeCore.chats.put('account-3', { text: 'I come at nine' }));
    await page.waitForSelector(`${id('archived')}[data-count="1"]`);
    assert.equal(await page.$(item(3)), null);
    await page.click(id('archived'));
    await page.waitForSelector(item(3));
    await choose(3, 'unarchive');
    await page.waitForSelector('.empty');
    await page.click(id('archive-back'));
    await page.waitForSelector(item(3));
  },

  async 'the menus open with the keyboard alone and give the focus back'(environment) {
    const { page } = await open(environment, 'chats', '');
    await page.focus(`${id('chat-item')}[data-chat-id=account-6]`);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement?.dataset.testid === 'menu-pin');
    await page.keyboard.press('ArrowUp');
    await page.waitForFunction(() => document.activeElement?.dataset.testid === 'menu-block');
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.activeElement?.dataset.testid === 'chat-menu');
    await page.waitForSelector(id('menu'), { state: 'detached' });
  },

  async 'a long press opens the menu and is no click'(environment) {
    const { page } = await open(environment, 'chats', '', phone);
    const item = `${id('chat-item')}[data-chat-id=account-6]`;
    await page.waitForSelector(item);
    await drive(page, (selector) => new Promise((resolve) => {
      const element = document.querySelector(selector);
      const at = { bubbles: true, cancelable: true, clientX: 100, clientY: 200 };
      element.dispatchEvent(new PointerEvent('pointerdown', { ...at, pointerType: 'touch', isPrimary: true }));
      setTimeout(() => {
        element.dispatchEvent(new PointerEvent('pointerup', at));
        element.dispatchEvent(new MouseEvent('click', at));
        setTimeout(resolve, 200);
      }, 700);
    }), item);
    await page.waitForSelector(id('menu'));
    assert.equal(await page.$(id('conversation')), null);
    assert.equal(await drive(page, () => location.hash), '');
  },

  async 'the shortcuts archive, mute and mark the open chat (M109, M110, M111)'(environment) {
    const { page } = await openChat(environment);
    await page.keyboard.press('Control+Shift+M');
    await page.click(id('mute-confirm'));
    await page.waitForSelector(`${id('chat-item')}[data-chat-id=account-7] ${id('sign-muted')}`);
    await page.waitForSelector('dialog', { state: 'detached' }); // under it no shortcut works
    await page.keyboard.press('Control+Shift+U');
    await page.waitForSelector(`${id('chat-item')}[data-chat-id=account-7] ${id('sign-unread')}`);
    await page.waitForSelector(id('conversation'), { state: 'detached' });
    await page.click(`${id('chat-item')}[data-chat-id=account-7]`);
    await page.waitForSelector(`${id('chat-item')}[data-chat-id=account-7] ${id('sign-unread')}`, { state: 'detached' });
    await page.keyboard.press('Control+e');
    await page.waitForSelector(id('archived'));
  },

  async 'the list shows all chats, those that are unread, or groups'(environment) {
    const { page, problems } = await open(environment, 'chats');
    const titles = () => page.$$eval(`${id('chat-item')} .title`, (all) => all.map((one) => one.textContent));
    await page.waitForSelector(id('chat-item'));
    const all = await titles();
    await page.focus(id('filter-unread'));
    await page.keyboard.press('Enter');
    assert.equal(await page.getAttribute(id('filter-unread'), 'aria-pressed'), 'true');
    const unread = await titles();
    assert.ok(unread.length > 0 && unread.length < all.length, `${unread.length} of ${all.length} are unread`);
    assert.deepEqual(await violations(page), []);
    await page.click(id('filter-groups'));
    if ((await titles()).length === 0) await page.getByText('The other chats are still there.').waitFor();
    await page.click(id('filter-all'));
    assert.deepEqual(await titles(), all);
    assert.deepEqual(problems, []);
  },

  async 'the keyboard reaches everything'(environment) {
    const { page } = await open(environment, 'chats', '');
    await page.waitForSelector(id('chat-item'));
    await page.keyboard.press('Control+k');
    await page.waitForFunction(() => document.activeElement?.dataset.testid === 'search');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForSelector(`${id('conversation')}[data-chat-id=account-6]`);
    await page.waitForFunction(() => document.activeElement?.dataset.testid === 'composer-input');
    await page.keyboard.press('Alt+ArrowUp');
    await page.waitForSelector(`${id('conversation')}[data-chat-id=account-7]`);
    await page.keyboard.press('Alt+n');
    await page.waitForFunction(() => document.activeElement?.dataset.testid === 'new-chat-phone');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.keyboard.press('Control+,');
    await page.waitForSelector(id('settings-devices'));
    await page.keyboard.press('Escape');
    await page.waitForSelector(id('conversation'));
  },

  async 'a window for one chat shows that alone, also after a reload (M99)'(environment) {
    const { page } = await open(environment, 'chats&chat', bob);
    for (let time = 0; time < 2; time++) {
      await page.waitForSelector(id('message'));
      assert.equal(await page.isVisible(id('chat-list')), false);
      await page.reload();
    }
  },

  async 'on a phone one pane shows at a time and Back goes home'(environment) {
    const { page } = await open(environment, 'chats', '', phone);
    await page.click(`${id('chat-item')}[data-chat-id=account-7]`);
    await page.waitForSelector(id('conversation'));
    assert.equal(await page.isVisible(id('chat-list')), false);
    await page.goBack();
    await page.waitForSelector(id('chat-list'));
    await page.waitForSelector(id('conversation'), { state: 'detached' });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.equal(overflow, 0);
  },
};
