// Files in Chromium: what is sent from one browser, reloaded in the middle, is seen by others (X4, M43, M96, M98).
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { id } from './harness/app.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

const sha256 = (data) => createHash('sha256').update(data).digest('hex');

/** A picture of 2,600 pixels with a mark of the camera in it, made in a page. */
async function photoIn(page) {
  const jpeg = Buffer.from(await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(2600, 1300);
    const context = canvas.getContext('2d');
    context.fillStyle = '#2a7';
    context.fillRect(0, 0, 1300, 1300);
    return Array.from(new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer()));
  }));
  const exif = Buffer.from('Exif\0\0GPS 51.05N 3.72E');
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, exif.length + 2]);
  return { name: 'DSC0001.jpg', mimeType: 'image/jpeg', buffer: Buffer.concat([head, exif, jpeg.subarray(2)]) };
}

const media = (kind, state) => `${id('media')}[data-media-kind=${kind}]${state ? `[data-media-state=${state}]` : ''}`;

test('a photo, a document and a voice message arrive, through a reload in the middle (X4, M43, M98)', inWorld(async (world) => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-media-'));
  try {
    const fake = { args: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] };
    const [sender, b1] = await Promise.all([world.primary(alice, fake), world.cliPrimary(bob)]);
    const b2 = await world.linkedTo(b1, 'Laptop', { acceptDownloads: true });
    const path = join(folder, 'report.bin');
    const report = Buffer.alloc(40_000_000, 'report');
    writeFileSync(path, report);
    await sender.newChat(bob.phone);
    const { page } = sender;

    // The voice message first: it needs the menu.
    await page.click(id('attach-button'));
    await page.click(id('menu-voice'));
    await page.waitForTimeout(1500); // a voice message of some length
    await page.click(id('record-send'));
    await page.waitForSelector(`${id('message')}[data-status=sent] ${media('voice')}, ${id('message')}[data-status=delivered] ${media('voice')}`);
    assert.ok(await page.locator(`${media('voice')} rect`).count() >= 60, 'a waveform');

    // The camera of the computer; its photo goes where files wait to be sent.
    await page.click(id('attach-button'));
    await page.click(id('menu-camera'));
    await page.click(id('take'));
    await page.waitForSelector(`${id('tray-item')} img`);
    await page.keyboard.press('Escape');
    await page.waitForSelector(id('tray'), { state: 'detached' });

    await page.setInputFiles(id('attach-input'), await photoIn(page));
    await page.fill(id('tray-caption'), 'Our garden');
    await page.click(id('tray-send'));
    await page.setInputFiles(id('attach-input'), path);
    await page.click(id('tray-send'));
    await page.waitForSelector(media('document'));
    await page.reload();
    await sender.ready();
    await page.waitForSelector(`${id('message')}:not([data-status=pending]) ${media('document')}`);

    // The other browser has what is small, and fetches the rest when it is asked for.
    await b2.openChat(alice.name);
    await b2.page.waitForSelector(`${media('photo', 'local')} ${id('media-photo')}`);
    await b2.page.waitForSelector(media('voice', 'local'));
    const width = await b2.page.$eval(id('media-photo'), async (img) => {
      await img.decode();
      return img.naturalWidth;
    });
    assert.equal(width, 2048);
    await b1.want('receive', '--once');
    const { messages } = JSON.parse(await b1.want('messages', '--with', alice.phone, '--json'));
    const photo = messages.find(({ media: file }) => file?.kind === 'photo');
    const saved = join(folder, 'photo.jpg');
    await b1.want('download', photo.id, '--to', saved);
    assert.ok(!readFileSync(saved).includes('GPS'), 'the place is in the photo');
    await b2.page.click(`${media('document', 'remote')} ${id('media-download')}`);
    await b2.page.waitForSelector(media('document', 'local'));
    const [download] = await Promise.all([b2.page.waitForEvent('download'), b2.page.click(id('media-save'))]);
    assert.equal(download.suggestedFilename(), 'report.bin');
    assert.equal(sha256(readFileSync(await download.path())), sha256(report));
    await b2.page.click(id('sound-play'));
    await b2.page.waitForSelector(`${id('sound-play')}[aria-label=Pause]`);
    assert.deepEqual(world.problems, []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}));
