// The app as an installed one on a phone: Back, the edges of the screen, and what is behind the messages; ../ui.mjs
// runs these.
import assert from 'node:assert/strict';
import { bob, calm, drive, goneBack, id, open, openChat, phone, shot, still, violations, wide } from './page.mjs';

export const phoneTests = {
  async 'Back closes what lies over a chat, one after the other, and only then leaves it'(environment) {
    const { page, problems } = await open(environment, 'media', '', phone);
    await page.click(`${id('chat-item')}[data-chat-id=account-7]`);
    await page.waitForSelector(id('media-photo'));
    const back = () => drive(page, () => history.back());
    await drive(page, () => {
      window.leaving = 0;
      history.go = (by) => {
        window.leaving++;
        History.prototype.go.call(history, by);
      };
      addEventListener('popstate', () => (window.leaving = 0));
    });
    /** So many layers are open, and the history is not on its way elsewhere. */
    const layers = (count) => page.waitForFunction((wanted) => !window.leaving && (history.state?.layer ?? 0) === wanted, count);
    const closes = async (shown) => {
      await page.waitForSelector(shown);
      await layers(1);
      await back();
      await page.waitForSelector(shown, { state: 'detached' });
      await page.waitForSelector(id('conversation'));
      await layers(0);
    };
    const menu = async (command) => {
      await page.click(id('conversation-menu'));
      await page.click(id(`menu-${command}`));
    };

    await page.click(id('conversation-menu'));
    await closes(id('menu'));
    await menu('mute'); // a dialog takes the place of the menu
    await closes(id('mute-dialog'));
    await page.click(id('emoji-button'));
    await closes(id('emoji-picker'));
    await page.click(id('open-find'));
    await closes(id('find-bar'));
    await page.locator(`${id('media')}[data-media-kind=photo][data-media-state=local]:has(${id('media-photo')}) ${id('media-open')}`).first().click();
    await closes(id('gallery'));
    await page.locator(`${id('message')} .bubble`).last().click({ button: 'right', position: { x: 8, y: 8 } });
    await page.click(id('menu-select'));
    await page.waitForSelector(id('selection-bar'));
    await page.click(id('selection-forward'));
    await page.waitForSelector(id('forward-dialog'));
    await layers(2);
    await back();
    await page.waitForSelector(id('forward-dialog'), { state: 'detached' });
    await closes(id('selection-bar'));

    // What was closed in another way leaves nothing to go back to.
    await menu('timer');
    await page.waitForSelector(id('timer-dialog'));
    await layers(1);
    await page.keyboard.press('Escape');
    await page.waitForSelector(id('timer-dialog'), { state: 'detached' });
    await layers(0);
    await back();
    await page.waitForSelector(id('conversation'), { state: 'detached' });
    await page.waitForSelector(id('chat-item'));

    // From a dialog to a chat: Back leads to where the dialog was.
    await page.click(id('new-chat'));
    await layers(1);
    await page.fill(id('new-chat-phone'), '+32470445566');
    await page.click(id('new-chat-open'));
    await page.waitForSelector(id('conversation'));
    await back();
    await page.waitForSelector(id('conversation'), { state: 'detached' });
    assert.equal(await page.locator(id('new-chat-phone')).count(), 0);
    assert.deepEqual(problems, []);
  },

  async 'what is chosen while a dialog that was closed still goes back in the history is not undone'(environment) {
    const { page } = await openChat(environment);
    await page.click(id('conversation-menu'));
    await page.click(id('menu-timer'));
    await page.waitForSelector(id('timer-dialog'));
    await page.waitForFunction(() => history.state?.layer === 1);
    await drive(page, (selector) => {
      history.go = (by) => {
        delete history.go;
        history.go(by);
        document.querySelector(selector).click();
      };
    }, `${id('chat-item')}[data-chat-id=account-6]`);
    const gone = drive(page, () => new Promise((resolve) => addEventListener('popstate', resolve, { once: true })));
    await page.keyboard.press('Escape');
    await gone;
    await page.waitForSelector(`${id('conversation')}[data-chat-id=account-6]`);
    assert.equal(await drive(page, () => location.hash), '#/chat/account-6');
    await page.goBack();
    await page.waitForSelector(`${id('conversation')}[data-chat-id=account-7]`);
  },

  async 'nothing to touch or read lies under the edges of the screen, and pulling down does not reload'(environment) {
    const { page } = await open(environment, 'chats', '', phone);
    const devtools = await page.context().newCDPSession(page);
    const insets = { top: 50, bottom: 34 };
    await devtools.send('Emulation.setSafeAreaInsetsOverride', { insets });
    const inside = async (scene) => {
      const [first, last] = await drive(page, () => {
        const shown = [...(document.querySelector('dialog[open]') ?? document.body).querySelectorAll('button, a, input, textarea, h1, h2')]
          .filter((one) => one.checkVisibility({ opacityProperty: true }) && !one.closest('[inert]'))
          .map((one) => [one, one.getBoundingClientRect()])
          .filter(([one, { width, height, left, top }]) => width > 1 && height > 1 && one.contains(document.elementFromPoint(left + width / 2, top + height / 2)))
          .map(([, box]) => box);
        return [Math.min(...shown.map(({ top }) => top)), Math.max(...shown.map(({ bottom }) => bottom))];
      });
      assert.ok(first >= insets.top, `${scene}: something is at ${first}`);
      if (scene !== 'chats') assert.ok(last <= phone.height - insets.bottom, `${scene}: something is at ${last}`);
    };
    await page.waitForSelector(id('chat-item'));
    await inside('chats'); // what is at the bottom of a list can be scrolled up
    assert.equal(await drive(page, () => getComputedStyle(document.body).overscrollBehaviorY), 'none');
    await page.click(`${id('chat-item')}[data-chat-id=account-7]`);
    await page.waitForSelector(id('message'));
    await still(page);
    await inside('conversation');
    await shot(page, 'safe-areas');
    await page.click(id('conversation-menu'));
    await page.click(id('menu-report'));
    await page.waitForSelector(id('report-message'));
    await calm(page);
    await inside('a dialog');
    await page.keyboard.press('Escape');
    await goneBack(page);
    await page.evaluate(() => { location.hash = '#/settings'; });
    await page.waitForSelector(id('settings-devices'));
    await drive(page, () => document.querySelector('.scroll').scrollTo(0, 1e6));
    await inside('settings');
  },

  async 'the wallpaper of all chats and of one is chosen, and a photo stays on the device'(environment) {
    for (const [viewport, colorScheme] of [[wide, 'light'], [phone, 'dark']]) {
      const { page, problems } = await open(environment, 'chats', '#/settings', viewport);
      await page.emulateMedia({ colorScheme });
      const behind = (wanted) => page.waitForSelector(`${id('wallpaper')}[data-wallpaper=${wanted}]`);
      const choose = (name) => page.locator(`${id('wallpapers')} label`, { has: page.locator(id(`wallpaper-${name}`)) }).click();
      await choose('dots');
      await page.waitForFunction(() => fakeCore.calls.some(({ method, params }) => method === 'changeSettings' && params.wallpaper === 'dots'));
      await shot(page, `wallpaper-choice-${colorScheme}`);
      await page.evaluate((hash) => { location.hash = hash; }, bob);
      await behind('dots');
      await drive(page, () => fakeCore.chats.put('account-7', { mine: true, status: 'failed', text: 'lost' }));
      await page.waitForSelector(id('message-retry'));
      await still(page);
      await shot(page, `wallpaper-dots-${colorScheme}`);
      assert.deepEqual(await violations(page), []);
      await page.click(id('conversation-menu'));
      await page.click(id('menu-wallpaper'));
      await choose('sky');
      await page.waitForFunction(() => fakeCore.chats.get('account-7').wallpaper === 'sky');
      await shot(page, `wallpaper-dialog-${colorScheme}`);
      assert.deepEqual(await violations(page), []);
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), choose('photo')]);
      const picture = await drive(page, async () => {
        const canvas = new OffscreenCanvas(2400, 1200);
        canvas.getContext('2d').fillRect(0, 0, 1200, 1200);
        return Array.from(new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer()));
      });
      await chooser.setFiles([{ name: 'view.png', mimeType: 'image/png', buffer: Buffer.from(picture) }]);
      await behind('photo');
      await page.keyboard.press('Escape');
      await page.waitForFunction((selector) => document.querySelector(selector)?.naturalWidth === 1920, id('wallpaper'));
      await goneBack(page);
      assert.ok(await drive(page, () => !JSON.stringify(fakeCore.calls).includes('photo')), 'the core was told of the photo');
      await page.evaluate(() => { location.hash = '#/chat/account-6'; });
      await behind('dots');

      // Chosen again, the photo is gone; so it is when the device is logged out.
      const files = () => drive(page, async () => {
        const names = [];
        for await (const name of (await (await (await navigator.storage.getDirectory()).getDirectoryHandle('parley')).getDirectoryHandle('wallpapers')).keys()) names.push(name);
        return names;
      });
      assert.deepEqual(await files(), ['account-7']);
      await drive(page, () => fakeCore.setStatus({ state: 'loggedOut', logoutReason: 'removed' }));
      await page.waitForSelector(id('logged-out'));
      await page.waitForFunction(() => localStorage.getItem('parley.wallpaperPhotos') === null);
      while ((await files()).length > 0) await page.waitForTimeout(20); // removed a moment later
      assert.deepEqual(problems, []);
    }
  },
};
