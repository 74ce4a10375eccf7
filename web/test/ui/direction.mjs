// The app from right to left (X12), in a language of Arabic letters that src/dev/rightToLeft.ts makes of the English
// texts; ../ui.mjs runs these.
import assert from 'node:assert/strict';
import { drive, goneBack, id, open, phone, shot, still, violations, wide } from './page.mjs';

/** What is wrong with what is on the screen: runs in the page. */
function flaws() {
  const found = [];
  const name = (element) => `${element.tagName.toLowerCase()}.${[...element.classList].join('.')} “${element.textContent.trim().slice(0, 30)}”`;
  const root = document.scrollingElement;
  if (root.scrollWidth > root.clientWidth) found.push(`the page is ${root.scrollWidth} pixels wide`);
  const dialogs = document.querySelectorAll('dialog[open]');
  const seen = [...(dialogs[dialogs.length - 1] ?? document.body).querySelectorAll('*')].filter((one) => one.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !one.closest('.visually-hidden'));
  for (const one of seen) {
    const style = getComputedStyle(one);
    const cut = one.querySelector(':scope > img') ? 0 : one.scrollWidth - one.clientWidth; // pictures are cut on purpose
    if (cut > 1 && style.overflowX !== 'visible' && style.textOverflow !== 'ellipsis' && one.clientWidth > 1 && !/^(INPUT|TEXTAREA)$/.test(one.tagName)) found.push(`${name(one)} is cut by ${cut} pixels`);
    const text = [...one.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    for (const node of text) {
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const { left, right, width } of range.getClientRects()) if (width > 0 && (left < -1 || right > innerWidth + 1) && style.textOverflow !== 'ellipsis') found.push(`${name(one)} lies outside, from ${left} to ${right}`);
    }
  }
  for (const menu of document.querySelectorAll('[role=menu]')) {
    const { left, right, top, bottom } = menu.getBoundingClientRect();
    if (left < 0 || top < 0 || right > innerWidth || bottom > innerHeight) found.push(`the menu is not all in the window: ${[left, top, right, bottom]}`);
  }
  return found;
}

export const directionTests = {
  async 'the app can be read from right to left, on a wide screen and a phone (X12)'(environment) {
    for (const [size, viewport] of Object.entries({ wide, phone })) {
      const { page, problems } = await open(environment, 'media&rtl', '', viewport);
      await page.emulateMedia({ colorScheme: size === 'phone' ? 'dark' : 'light' });
      const right = async (scene) => {
        await shot(page, `rtl-${size}-${scene}`);
        assert.deepEqual(await violations(page), [], `${scene}, ${size}`);
        assert.deepEqual(await drive(page, flaws), [], `${scene}, ${size}`);
      };
      const turned = (icon) => page.locator(icon).evaluate((svg) => getComputedStyle(svg).scale);
      const middle = (selector) => page.locator(selector).last().evaluate((one) => { const { left, right } = one.getBoundingClientRect(); return (left + right) / 2; });
      const menu = async (button, scene) => {
        await page.locator(button).focus();
        await page.keyboard.press('Enter');
        await page.waitForSelector(id('menu'));
        await right(scene);
        await page.keyboard.press('Escape');
        await page.waitForSelector(id('menu'), { state: 'detached' });
      };

      await page.waitForSelector(id('chat-item'));
      assert.equal(await drive(page, () => document.documentElement.dir), 'rtl');
      await right('chats');
      await page.click(`${id('chat-item')}[data-chat-id=account-7]`);
      await page.waitForSelector(id('media-photo'));
      await still(page);
      await right('conversation');
      assert.equal(await turned(`${id('send-button')} svg`), '-1 1');
      assert.ok(await middle(`${id('message')}[data-mine=true] .bubble`) < await middle(`${id('message')}[data-mine=false] .bubble`), 'own messages are not on the left');
      await menu(id('conversation-menu'), 'chat menu');
      await menu(`${id('message')}[data-mine=true] >> nth=-1 >> ${id('message-menu')}`, 'message menu');
      await menu(id('composer-more'), 'more to send');
      await menu(id('attach-button'), 'attach');
      await page.click(id('emoji-button'));
      await page.waitForSelector(`${id('emoji-picker')} .grid button`);
      await right('emoji');
      await page.keyboard.press('Escape');
      await page.click(id('composer-more'));
      await page.click(id('menu-poll'));
      await page.waitForSelector(id('poll-dialog'));
      await right('poll');
      await page.keyboard.press('Escape');
      await page.locator(`${id('media')}[data-media-kind=photo][data-media-state=local]:has(${id('media-photo')}) ${id('media-open')}`).first().click();
      await page.waitForSelector(id('gallery-photo'));
      await page.waitForFunction(() => / \/ /.test(document.querySelector('[data-testid=gallery] header p')?.textContent ?? ''));
      await page.keyboard.press('Home');
      await page.keyboard.press('ArrowLeft');
      assert.match(await page.innerText(`${id('gallery')} header p`), /^2 /, 'the next picture is not on the left');
      await right('gallery');
      await page.keyboard.press('Escape');
      await goneBack(page);

      await page.goto(`${environment.origin}/dev.html?scene=group&rtl#/settings`);
      await page.waitForSelector(id('settings-devices'));
      await right('settings');
      assert.equal(await turned(`${id('settings-devices')} >> svg >> nth=-1`), '-1 1');
      await page.evaluate(() => { location.hash = '#/settings/privacy'; });
      await page.waitForSelector(id('blocked-none'));
      await right('privacy');
      assert.equal(await turned(`.pane ${id('back')} svg`), '-1 1');
      await page.evaluate(() => { location.hash = '#/'; });
      await page.click(`${id('chat-item')}:has-text("Summer picnic")`);
      await page.waitForSelector(id('message-sender'));
      await still(page);
      await right('group');
      await page.click(id('open-group'));
      await page.waitForSelector(id('member'));
      await right('group pane');
      assert.deepEqual(problems, []);
    }
  },
};
