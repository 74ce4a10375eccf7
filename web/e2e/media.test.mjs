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

/** A GIF of two pictures in two colours, with a place in a comment. Its pixels are not compressed: a code of 8 bits each. */
function movingGif(width = 160, height = 120) {
  const frame = (colour) => {
    const pixels = Buffer.alloc(width * height, colour);
    const codes = [];
    for (let at = 0; at < pixels.length; at += 120) codes.push(0x80, ...pixels.subarray(at, at + 120));
    codes.push(0x81);
    const blocks = [];
    for (let at = 0; at < codes.length; at += 255) blocks.push(Math.min(255, codes.length - at), ...codes.slice(at, at + 255));
    const size = [width & 255, width >> 8, height & 255, height >> 8];
    return Buffer.from([0x21, 0xf9, 4, 0, 40, 0, 0, 0, 0x2c, 0, 0, 0, 0, ...size, 0, 7, ...blocks, 0]);
  };
  const colours = Buffer.alloc(3 * 128);
  colours.set([0x22, 0xaa, 0x77, 0xdd, 0x77, 0x22]);
  const head = Buffer.concat([Buffer.from('GIF89a'), Buffer.from([width & 255, width >> 8, height & 255, height >> 8, 0xf6, 0, 0]), colours]);
  const comment = Buffer.concat([Buffer.from([0x21, 0xfe, 17]), Buffer.from('GPS 51.05N 3.72E '), Buffer.from([0])]);
  const loop = Buffer.concat([Buffer.from([0x21, 0xff, 11]), Buffer.from('NETSCAPE2.0'), Buffer.from([3, 1, 0, 0, 0])]);
  return Buffer.concat([head, comment, loop, frame(0), frame(1), Buffer.from([0x3b])]);
}

/** A picture with a round middle and nothing around it, made in a page. */
async function roundIn(page, type) {
  return Buffer.from(await page.evaluate(async (mimeType) => {
    const canvas = new OffscreenCanvas(300, 300);
    const context = canvas.getContext('2d');
    context.fillStyle = '#e5a020';
    context.arc(150, 150, 140, 0, 7);
    context.fill();
    return Array.from(new Uint8Array(await (await canvas.convertToBlob({ type: mimeType })).arrayBuffer()));
  }, type));
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
    await page.waitForSelector(id('tray'), { state: 'detached' });
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
    await Promise.all([b2.page.waitForSelector(`${id('sound-play')}[aria-label=Pause]`), b2.page.click(id('sound-play'))]);

    // A GIF moves, is nothing but the picture, and stands still when it is pressed.
    await page.click(id('attach-button'));
    await page.waitForSelector(id('menu-media'));
    await page.keyboard.press('Escape');
    await page.setInputFiles(id('attach-input'), { name: 'party.gif', mimeType: 'image/gif', buffer: movingGif() });
    await page.click(id('tray-send'));
    await b2.page.click(`${id('gif')}[data-moving=true]`);
    await b2.page.waitForSelector(`${id('gif')}[data-moving=false] canvas`);
    await b1.want('receive', '--once');
    const { messages: later } = JSON.parse(await b1.want('messages', '--with', alice.phone, '--json'));
    const gif = later.find(({ media: file }) => file?.animated);
    await b1.want('download', gif.id, '--to', join(folder, 'got.gif'));
    assert.ok(!readFileSync(join(folder, 'got.gif')).includes('GPS'), 'the place is in the GIF');

    // A sticker is made of a picture and sent; who gets it keeps it, and sends it back (X4).
    await page.click(id('emoji-button'));
    await page.click(id('stickers-button'));
    await page.setInputFiles(id('sticker-input'), { name: 'round.png', mimeType: 'image/png', buffer: await roundIn(page, 'image/png') });
    await page.fill(id('sticker-pack'), 'Shapes');
    await page.click(id('sticker-add'));
    await page.click(id('sticker'));
    const sticker = `${id('message')}[data-mine=false] ${media('sticker', 'local')}`;
    await b2.page.click(`${sticker} ${id('media-open')}`);
    await b2.page.click(id('sticker-keep'));
    await b2.page.waitForSelector(id('sticker-dialog'), { state: 'detached' });
    await b2.page.click(id('emoji-button'));
    await b2.page.click(id('stickers-button'));
    await b2.page.click(id('sticker'));
    await page.waitForSelector(sticker);
    writeFileSync(join(folder, 'cli.webp'), await roundIn(page, 'image/webp'));
    await b1.want('send', '--to', alice.phone, '--sticker', join(folder, 'cli.webp'));
    await page.waitForSelector(`${sticker} >> nth=1`);
    assert.deepEqual(world.problems, []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}));
