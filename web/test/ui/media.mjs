// Files, pictures and stickers, on the fake core; ../ui.mjs runs these.
import assert from 'node:assert/strict';
import { attach, bob, drive, filesShown, focused, hold, id, manyCome, open, stickersShown, still } from './page.mjs';

export const mediaTests = {
  async 'a picture is made small and square, shown, and removed'(environment) {
    const { page, problems } = await open(environment, 'chats', '#/settings');
    // A wide one of 900 x 300: red, green in the middle, blue.
    const file = await drive(page, async () => {
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [900, 300];
      const context = canvas.getContext('2d');
      ['red', 'lime', 'blue'].forEach((colour, i) => {
        context.fillStyle = colour;
        context.fillRect(i * 300, 0, 300, 300);
      });
      return canvas.toDataURL('image/png').split(',')[1];
    });
    await page.setInputFiles(id('picture-file'), { name: 'me.png', mimeType: 'image/png', buffer: Buffer.from(file, 'base64') });
    const shown = page.locator(`${id('own-picture')} img`);
    await shown.waitFor();
    const seen = await shown.evaluate(async (image) => {
      await image.decode();
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      return { width: image.naturalWidth, height: image.naturalHeight, corner: [...context.getImageData(2, 2, 1, 1).data] };
    });
    assert.deepEqual([seen.width, seen.height], [256, 256]);
    assert.ok(seen.corner[1] > 200 && seen.corner[0] < 60 && seen.corner[2] < 60, `the middle was not cut out: ${seen.corner}`);
    const { params } = await drive(page, () => fakeCore.calls.find((call) => call.method === 'setPicture'));
    assert.equal(Buffer.from(params.data, 'base64').subarray(0, 3).toString('hex'), 'ffd8ff');
    await drive(page, () => {
      fakeCore.pictures.set('account-6', fakeCore.pictures.get('account-me'));
      fakeCore.chats.change('account-6', { pictureAt: 1 });
    });
    await page.waitForSelector(`${id('chat-item')}[data-chat-id=account-6] ${id('picture')}`);
    await page.setInputFiles(id('picture-file'), { name: 'x.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
    await page.waitForSelector(`${id('problem')}[data-code=picture_invalid]`);
    await page.click(id('picture-remove'));
    await shown.waitFor({ state: 'detached' });
    assert.deepEqual(problems, []);
  },

  async 'files are attached, shown and held'(environment) {
    const { page, problems } = await open(environment, 'media', bob);
    await filesShown(page);
    await attach(page, ['image/png', 'notes.txt', 'bomb.png']);
    assert.deepEqual(await page.locator(`${id('tray-item')} img`).count(), 1); // the bomb is not decoded
    await page.locator(id('tray-caption')).first().fill('With a caption');
    await drive(page, () => void (fakeCore.files.stuck = false));
    await page.click(id('tray-send'));
    await page.waitForSelector(id('tray'), { state: 'detached' });
    const sent = await drive(page, () => fakeCore.calls.filter(({ method }) => method === 'sendMedia').map(({ params }) => params));
    assert.deepEqual(sent.map(({ kind, type, name, caption }) => [kind, type, name, caption]), [
      ['photo', 'image/jpeg', '', 'With a caption'], ['document', 'text/plain', 'notes.txt', ''], ['document', 'image/png', 'bomb.png', ''],
    ]);
    assert.equal(sent[0].width, 2048);
    assert.ok(sent[0].preview.length < 2000, `a preview of ${sent[0].preview.length} characters`);
    await page.locator(`${id('message')}`, { hasText: 'With a caption' }).locator(id('media-photo')).waitFor();

    const held = page.locator(`${id('media')}[data-media-state=uploading]`).last();
    await held.locator(id('media-pause')).click();
    await page.locator(id('media-resume')).click();
    await page.locator(`${id('media')}[data-media-state=uploading]`).last().locator(id('media-cancel')).click();

    // Pasted (M97), and of a type that is not what it says: never shown.
    await drive(page, async () => {
      const data = new DataTransfer();
      data.items.add(new File(['<svg xmlns="http://www.w3.org/2000/svg"><script>fetch("/stolen")</script></svg>'], 'x.png', { type: 'image/png' }));
      document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
      const id = location.hash.split('/').at(-1);
      const svg = new Blob(['<svg xmlns="http://www.w3.org/2000/svg"/>']);
      fakeCore.files.receive(id, svg, { kind: 'photo', type: 'image/svg+xml', state: 'local', width: 10, height: 10 });
    });
    await page.waitForSelector(id('tray'));
    assert.equal(await page.locator(`${id('tray-item')} img`).count(), 0);
    await page.keyboard.press('Escape');
    await page.locator('text=This picture is not shown here').waitFor();
    assert.deepEqual(problems, []);
  },

  async 'a photo that comes before what shows files is loaded is shown (M43)'(environment) {
    const { page, problems } = await open(environment, 'chats', bob);
    await page.waitForSelector(id('message'));
    let load;
    const held = new Promise((resolve) => (load = resolve));
    await page.route('**/MediaView*.js', async (route) => {
      await held;
      await route.continue();
    });
    await drive(page, async () => {
      const canvas = new OffscreenCanvas(60, 40);
      canvas.getContext('2d').fillRect(0, 0, 30, 40);
      const photo = await canvas.convertToBlob({ type: 'image/png' });
      const { id } = fakeCore.files.receive('account-7', photo, { kind: 'photo', width: 60, height: 40 });
      fakeCore.files.set(id, 'downloading');
      while (fakeCore.chats.find(id).media.state !== 'local') await new Promise((resolve) => setTimeout(resolve));
    });
    load();
    await page.waitForSelector(`${id('media')}[data-media-state=local] ${id('media-photo')}`);
    assert.deepEqual(problems, []);
  },

  async 'what is looked at stays while messages come, and goes with its message'(environment) {
    const { page, problems } = await open(environment, 'media', bob);
    await filesShown(page);
    const photo = page.locator(`${id('message')}:has(${id('media')}[data-media-kind=photo][data-media-state=local])`).last();
    const messageId = await photo.getAttribute('data-message-id');
    const row = `[data-message-id="${messageId}"]`;
    await page.locator(row).locator(id('media-open')).click();
    await page.waitForSelector(id('gallery-photo'));
    const reads = () => drive(page, () => fakeCore.calls.filter(({ method }) => method === 'markRead').length);
    await still(page);
    const read = await reads();
    await manyCome(page);
    await page.waitForSelector(row, { state: 'detached' });
    await still(page);
    assert.equal(await reads(), read, 'what the picture covers counts as read');
    assert.ok(await page.isVisible(id('gallery-photo')), 'the gallery is gone');
    const count = () => page.$eval(`${id('gallery')} header p`, (one) => Number(one.textContent.split('/')[1]));
    const before = await count();
    await drive(page, (gone) => fakeCore.chats.remove(gone), messageId);
    await page.waitForFunction((wanted) => document.querySelector('[data-testid=gallery] header p').textContent.endsWith(` ${wanted}`), before - 1);
    await page.keyboard.press('Escape');
    await page.waitForFunction((wanted) => fakeCore.calls.filter(({ method }) => method === 'markRead').length > wanted, read);
    assert.deepEqual(problems, []);
  },

  async 'what may be opened once is seen although its message has left the screen'(environment) {
    const { page, problems } = await open(environment, 'chats', bob);
    await page.waitForSelector(id('message'));
    const messageId = await drive(page, async () => {
      const canvas = new OffscreenCanvas(300, 200);
      canvas.getContext('2d').fillRect(0, 0, 150, 200);
      const made = fakeCore.files.receive('account-7', await canvas.convertToBlob({ type: 'image/png' }), { kind: 'photo', width: 300, height: 200 });
      fakeCore.chats.setMessage(made.id, { viewOnce: true });
      return made.id;
    });
    const row = `[data-message-id="${messageId}"]`;
    await page.waitForSelector(`${row} ${id('once-open')}`);
    const release = await hold(page, 'openOnce');
    await page.click(`${row} ${id('once-open')}`);
    await page.waitForFunction(() => fakeCore.held === 1);
    await manyCome(page);
    await page.waitForSelector(row, { state: 'detached' });
    await release();
    await page.waitForSelector(id('once-photo'));
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => fakeCore.calls.some(({ method }) => method === 'closeOnce'));
    assert.deepEqual(problems, []);
  },

  async 'a sound goes on when its message leaves the screen, until another is played or the chat is left'(environment) {
    const { page, problems } = await open(environment, 'chats', bob);
    await page.waitForSelector(id('message'));
    const sounds = await drive(page, () => {
      globalThis.heard = [];
      const play = HTMLMediaElement.prototype.play;
      HTMLMediaElement.prototype.play = function () {
        heard.push(this);
        return play.call(this);
      };
      const rate = 8000;
      const data = new DataView(new ArrayBuffer(44 + 20 * rate)); // twenty seconds of silence
      const text = (at, letters) => [...letters].forEach((letter, i) => data.setUint8(at + i, letter.charCodeAt(0)));
      text(0, 'RIFF');
      data.setUint32(4, data.byteLength - 8, true);
      text(8, 'WAVEfmt ');
      data.setUint32(16, 16, true);
      data.setUint16(20, 1, true);
      data.setUint16(22, 1, true);
      data.setUint32(24, rate, true);
      data.setUint32(28, rate, true);
      data.setUint16(32, 1, true);
      data.setUint16(34, 8, true);
      text(36, 'data');
      data.setUint32(40, 20 * rate, true);
      new Uint8Array(data.buffer).fill(128, 44);
      const sound = () => fakeCore.files.receive('account-7', new Blob([data], { type: 'audio/wav' }), { kind: 'voice', type: 'audio/wav', durationMs: 20_000, state: 'local' }).id;
      return [sound(), sound()];
    });
    const [first, second] = sounds.map((one) => `[data-message-id="${one}"]`);
    const playing = () => drive(page, () => heard.map((one) => !one.paused));
    await page.waitForSelector(`${second} ${id('sound-play')}`);
    await page.click(`${first} ${id('sound-speed')}`);
    await page.click(`${first} ${id('sound-play')}`);
    await page.waitForSelector(`${first} ${id('sound-play')}[aria-label=Pause]`);
    assert.deepEqual(await drive(page, () => heard.map((one) => one.playbackRate)), [1.5]);
    await page.click(`${second} ${id('sound-play')}`);
    await page.waitForSelector(`${second} ${id('sound-play')}[aria-label=Pause]`);
    await page.waitForSelector(`${first} ${id('sound-play')}[aria-label=Play]`);
    assert.deepEqual(await playing(), [false, true]);
    await manyCome(page);
    await page.waitForSelector(second, { state: 'detached' });
    assert.deepEqual(await playing(), [false, true]);
    await drive(page, () => { location.hash = '#/settings'; });
    await page.waitForFunction(() => heard.every((one) => one.paused));
    assert.deepEqual(problems, []);
  },

  async 'a press counts although the messages move under it'(environment) {
    const { page, problems } = await open(environment, 'media', bob);
    await filesShown(page);
    const photo = page.locator(`${id('media')}[data-media-kind=photo][data-media-state=local] ${id('media-open')}`).last();
    await photo.scrollIntoViewIfNeeded();
    await still(page);
    const box = await photo.boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.$eval(id('message-list'), (list) => new Promise((resolve) => {
      list.addEventListener('scroll', () => requestAnimationFrame(() => requestAnimationFrame(resolve)), { once: true });
      list.scrollTop -= 4;
    }));
    await page.mouse.up();
    await page.waitForSelector(id('gallery-photo'));
    assert.deepEqual(problems, []);
  },

  async 'the gallery is used by keyboard alone'(environment) {
    const { page, problems } = await open(environment, 'media', bob);
    await filesShown(page);
    const first = page.locator(`${id('media')}[data-media-kind=photo][data-media-state=local]:has(${id('media-photo')}) ${id('media-open')}`).first();
    await first.focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector(id('gallery-photo'));
    const place = () => page.innerText(`${id('gallery')} header p`);
    await page.waitForFunction(() => /^\d \/ [4-9]/.test(document.querySelector('[data-testid=gallery] header p')?.textContent ?? ''));
    await page.keyboard.press('Home');
    assert.match(await place(), /^1 /);
    await page.keyboard.press('ArrowRight');
    assert.match(await place(), /^2 /);
    await page.keyboard.press('End');
    assert.match(await place(), /^(\d) \/ \1/);
    await page.keyboard.press('ArrowLeft');
    assert.doesNotMatch(await place(), /^(\d) \/ \1/);
    for (let i = 0; i < 12; i++) await page.keyboard.press('Tab');
    assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('dialog')), 'the focus left the gallery');
    await page.keyboard.press('Escape');
    await page.waitForSelector(id('gallery'), { state: 'detached' });
    await page.waitForFunction((button) => button === document.activeElement, await first.elementHandle()); // the focus is where it was
    assert.deepEqual(problems, []);
  },

  async 'stickers are chosen by keyboard, and removed (X4)'(environment) {
    const { page, problems } = await open(environment, 'media', bob);
    await stickersShown(page);
    await page.focus(id('sticker-make'));
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.waitForSelector(id('sticker-picker'), { state: 'detached' });
    await page.waitForSelector(`${id('message')}[data-mine=true] ${id('media')}[data-media-kind=sticker]`);
    await stickersShown(page);
    await page.click(`${id('sticker-picker')} button:has-text("Weather")`);
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=sticker]').length === 2);
    await page.click(id('sticker-remove'));
    await page.locator(id('sticker')).first().click();
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=sticker]').length === 1);
    assert.deepEqual(problems, []);
  },
};
