// Settings, and what is done with a chat or contact as a whole, on the fake core; ../ui.mjs runs these.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { bob, drive, filesMade, filesShown, id, open, openChat, phone } from './page.mjs';

export const settingsTests = {
  async 'settings are found, texts made larger, files removed, contacts imported (M114)'(environment) {
    const { page, problems } = await open(environment, 'media', '#/settings');
    await filesMade(page);
    await page.waitForSelector(id('settings-storage'));
    await page.fill(id('settings-search'), 'contrast');
    await page.waitForSelector(id('settings-devices'), { state: 'detached' });
    await page.click(`${id('settings-contrast')} input[value=more]`, { force: true });
    await page.click(`${id('settings-text')} input[value=large]`, { force: true });
    await page.waitForFunction(() => document.documentElement.dataset.contrast === 'more' && getComputedStyle(document.documentElement).fontSize > '16px');
    await page.fill(id('settings-search'), 'zzz');
    await page.waitForSelector(id('settings-nothing'));
    await page.fill(id('settings-search'), '');
    await page.click(id('settings-storage'));
    await page.click(id('storage-chat'));
    await page.waitForSelector(id('storage-file'));
    const before = await page.locator(id('storage-file')).count();
    // What the server does not keep any more is warned of first (M114).
    await drive(page, () => fakeCore.files.erased.add(fakeCore.files.local()[0].id));
    await page.locator(id('storage-file')).first().check();
    await page.click(id('storage-remove'));
    await page.waitForSelector(id('storage-lost'));
    assert.equal(await page.locator(id('storage-file')).count(), before);
    await page.click(id('storage-remove'));
    await page.waitForFunction((n) => document.querySelectorAll('[data-testid=storage-file]').length === n, before - 1);
    await page.evaluate(() => (location.hash = '#/settings/contacts'));
    const card = (name, phone) => `BEGIN:VCARD\nVERSION:3.0\nFN:${name}\nTEL:${phone}\nEND:VCARD\n`;
    const file = { name: 'c.vcf', mimeType: 'text/vcard', buffer: Buffer.from(card('Zed', '+32470555501') + card('Nobody', '+32470555500')) };
    await page.setInputFiles(id('contacts-file'), file);
    await page.click(id('import-start'));
    await page.waitForSelector(id('import-done'));
    assert.match(await page.innerText(id('import-done')), /^1 .* 1 /);
    assert.deepEqual(problems, []);
  },

  async 'a link is sent with a preview, or without (X2)'(environment) {
    const { page, problems } = await openChat(environment);
    await drive(page, async () => {
      const canvas = new OffscreenCanvas(1200, 630);
      canvas.getContext('2d').fillRect(0, 0, 600, 630);
      const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());
      const picture = btoa(String.fromCharCode(...bytes));
      for (const url of ['https://shop.example/tea', 'https://shop.example/cups']) {
        fakeCore.pages.set(url, { url, title: 'Tea & <b>cups</b>', description: 'All kinds of them', picture });
      }
    });
    await page.fill(id('composer-input'), 'look: https://shop.example/tea');
    await page.waitForSelector(id('link-bar'));
    await page.keyboard.press('Enter');
    const card = page.locator(id('link-card'));
    await card.waitFor();
    assert.match(await card.innerText(), /Tea & <b>cups<\/b>[^]*All kinds of them[^]*shop\.example/);
    assert.equal(await card.getAttribute('href'), 'https://shop.example/tea');
    assert.match(await card.locator('img').getAttribute('src'), /^data:image\/jpeg/);
    await page.waitForSelector(id('link-bar'), { state: 'detached' });
    await page.fill(id('composer-input'), 'and https://shop.example/cups');
    await page.click(id('link-bar-cancel'));
    await page.keyboard.press('Tab');
    await page.focus(id('composer-input'));
    await page.keyboard.press('Enter');
    await page.locator(id('message')).filter({ hasText: 'and https' }).waitFor();
    assert.equal(await card.count(), 1);
    assert.deepEqual(problems, []);
  },

  async 'a chat is exported with its files (M56)'(environment) {
    const { page, problems } = await open(environment, 'media', bob);
    await filesShown(page);
    // The question where to save cannot be answered by a test; other browsers have none.
    await drive(page, () => delete Window.prototype.showSaveFilePicker);
    await drive(page, () => { delete window.showSaveFilePicker; });
    await page.click(id('conversation-menu'));
    await page.click(id('menu-export'));
    await page.waitForSelector(id('export-dialog'));
    const [download] = await Promise.all([page.waitForEvent('download'), page.click(id('export-start'))]);
    await page.waitForSelector(id('export-done'));
    assert.match(download.suggestedFilename(), /^Bob.* \d{4}-\d\d-\d\d\.zip$/);
    const path = await download.path();
    const list = "import sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);assert z.testzip() is None;print(z.read(z.namelist()[0]).decode());print('\\n'.join(z.namelist()))";
    const out = execFileSync('python3', ['-c', list, path], { encoding: 'utf8' });
    assert.match(out, /<article class="theirs">/);
    assert.match(out, /<img src="files\/001%20Bob[^"]*\.(png|jpg|webp)"/);
    assert.match(out, /^files\/001 Bob.*$/m);
    assert.deepEqual(problems, []);
  },

  async 'the app speaks French and Dutch, by the browser and by choice (X12)'(environment) {
    const { page, problems } = await open(environment, 'chats', '#/settings');
    await page.check('input[value=fr]');
    await page.waitForSelector('text=Appareils associés');
    await page.waitForSelector('html[lang=fr]');
    await page.reload();
    await page.waitForSelector('text=Appareils associés');
    await page.check('fieldset:has(input[value=fr]) input[value=system]');
    await page.waitForSelector('text=Linked devices');
    await page.waitForFunction(async () => (await fakeCore.call('settings', {})).language === 'system');
    await drive(page, () => fakeCore.setSettings({ language: 'nl', theme: 'dark' }));
    await page.waitForSelector('text=Gekoppelde apparaten');
    await page.waitForSelector('[data-theme=dark]');
    await page.setViewportSize(phone);
    for (const language of ['fr', 'nl']) {
      await drive(page, (language) => fakeCore.setSettings({ language }), language);
      await page.waitForSelector(`html[lang=${language}]`);
      await page.waitForFunction(() => document.querySelector('.pane .scroll').scrollWidth <= innerWidth);
    }
    const dutch = await environment.context.newPage();
    await dutch.addInitScript(() => Object.defineProperty(navigator, 'languages', { get: () => ['nl-BE', 'en'] }));
    await dutch.goto(`${environment.origin}/dev.html?scene=new`);
    await dutch.evaluate(() => localStorage.clear());
    await dutch.reload();
    await dutch.waitForSelector('text=Welkom bij Parley');
    assert.deepEqual(problems, []);
  },

  async 'the theme that was chosen stays after a reload'(environment) {
    const { page } = await open(environment, 'chats', '#/settings');
    await page.check('input[value=dark]');
    await page.waitForSelector('[data-theme=dark]');
    await page.reload();
    await page.waitForSelector('[data-theme=dark]');
  },
};
