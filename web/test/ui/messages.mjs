// What people do with messages, on the fake core; ../ui.mjs runs these.
import assert from 'node:assert/strict';
import { atEnd, drive, id, open, phone, shot, still, violations, wide } from './page.mjs';

export const messagesTests = {
  async 'people in a group are mentioned by keyboard and by touch, and found again'(environment) {
    for (const [name, viewport] of Object.entries({ wide, phone })) {
      const { page, problems } = await open(environment, 'group', '', viewport);
      await page.waitForSelector(id('chat-item'));
      const [group, first] = await drive(page, () => {
        const { chats, groups } = window.fakeCore;
        const chat = chats.list().find(({ title }) => title === 'Summer picnic');
        for (let i = 0; i < 60; i++) chats.put(chat.id, { text: `Line ${i}`, senderId: 'account-1', senderName: 'Noor' });
        const asked = chats.put(chat.id, { text: '@Me bread?', addressed: true, mentions: [{ accountId: 'own', name: 'Me', me: true }], senderId: 'account-1', senderName: 'Noor' });
        for (let i = 0; i < 60; i++) chats.put(chat.id, { text: `More ${i}`, senderId: 'account-1', senderName: 'Noor' });
        chats.change(chat.id, { mentions: 1, firstMention: asked.order });
        groups.add({ chatId: chat.id, phones: ['+32479000000'] });
        return [chat.id, asked.id];
      });
      await page.waitForSelector(`[data-chat-id="${group}"] ${id('sign-mention')}`);
      await page.click(`${id('chat-item')}[data-chat-id="${group}"]`);
      await page.click(id('jump-mention'));
      await page.waitForSelector(`[data-message-id="${first}"].marked`);
      await drive(page, (chatId) => window.fakeCore.chats.change(chatId, { mentions: 0, firstMention: 0 }), group);
      await page.waitForSelector(id('jump-mention'), { state: 'detached' });

      const field = page.locator(id('composer-input'));
      await field.pressSequentially('Hi @te');
      await page.waitForSelector(id('mention-picker'));
      assert.equal(await field.getAttribute('aria-activedescendant'), await page.getAttribute(`${id('mention-option')}[aria-selected=true]`, 'id'));
      assert.deepEqual(await violations(page), []);
      if (name === 'wide') await page.keyboard.press('Enter');
      else await page.click(id('mention-option'));
      assert.equal(await field.inputValue(), 'Hi @Tennis club ');
      await field.pressSequentially('and @');
      await page.waitForSelector(`${id('mention-option')} >> nth=2`);
      await page.keyboard.press('ArrowDown');
      await page.waitForFunction(() => document.querySelectorAll('[data-testid=mention-option]')[1]?.ariaSelected === 'true');
      await shot(page, `mentions-${name}`);
      await page.keyboard.press('Escape');
      await page.waitForSelector(id('mention-picker'), { state: 'detached' });
      await page.click(id('send-button'));
      const chip = page.locator(id('message')).last().locator(id('mention'));
      await chip.waitFor();
      const sent = await drive(page, () => window.fakeCore.calls.findLast(({ method }) => method === 'send').params);
      assert.deepEqual(sent.mentions, [{ accountId: 'account-2', name: 'Tennis club' }]);
      await still(page);
      await chip.click();
      await page.waitForSelector(id('person-dialog'));
      assert.deepEqual(await violations(page), []);
      await shot(page, `person-${name}`);
      await page.keyboard.press('Escape');
      await page.waitForSelector(id('person-dialog'), { state: 'detached' });
      assert.deepEqual(problems, []);
    }
  },

  async 'a chat is searched, a day is gone to, and several messages are selected (M48, M49)'(environment) {
    for (const [name, viewport] of Object.entries({ wide, phone })) {
      const { page, problems } = await open(environment, 'chats', '#/chat/account-7', viewport);
      await page.waitForSelector(id('message'));
      await page.click(id('open-find'));
      await page.fill(id('find-words'), 'address');
      await page.waitForFunction((count) => document.querySelector(count)?.textContent?.includes('1 of'), id('find-count'));
      await page.keyboard.press('Enter');
      await page.waitForFunction((count) => document.querySelector(count)?.textContent?.includes('2 of'), id('find-count'));
      await page.locator('.marked', { hasText: 'address' }).waitFor();
      await page.waitForFunction(() => CSS.highlights.get('found')?.size > 0);
      await shot(page, `find-${name}`);
      assert.deepEqual(await violations(page), []);
      const first = await drive(page, () => window.fakeCore.chats.page({ chatId: 'account-7', limit: 500 }).messages[150]);
      const day = await drive(page, (at) => new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 10), first.sentAt);
      await page.fill(id('find-day'), day);
      await page.waitForFunction((wanted) => {
        const marked = document.querySelector('.marked')?.dataset.messageId;
        const message = marked && window.fakeCore.chats.message(marked);
        return message && new Date(message.sentAt).toDateString() === wanted && message.text.startsWith;
      }, new Date(first.sentAt).toDateString());
      await page.click(id('find-close'));
      await page.click(id('jump-latest'));
      await atEnd(page);
      const perfect = page.locator(id('message')).filter({ hasText: 'Perfect.' });
      await perfect.locator(id('message-menu')).focus();
      await page.keyboard.press('Enter');
      await page.click(id('menu-select'));
      await page.waitForSelector(id('selection-bar'));
      await page.locator(id('select-message')).nth(-2).check();
      await page.waitForSelector(`${id('selection-bar')} >> text=2 selected`);
      await still(page);
      await shot(page, `selection-${name}`);
      assert.deepEqual(await violations(page), []);
      await page.click(id('selection-forward'));
      await page.locator('label', { hasText: 'Mama' }).locator('input').check();
      await page.click(id('forward-send'));
      await page.waitForSelector(id('selection-bar'), { state: 'detached' });
      const sent = await drive(page, () => window.fakeCore.calls.findLast(({ method }) => method === 'forward').params);
      assert.equal(sent.ids.length, 2);
      assert.deepEqual(problems, []);
    }
  },

  async 'messages are pinned, found from the top of the chat, and unpinned (X2)'(environment) {
    const { page, problems } = await open(environment, 'chats', '#/chat/account-7');
    await page.waitForSelector(id('message'));
    const pinned = await drive(page, () => {
      const all = window.fakeCore.chats.page({ chatId: 'account-7', limit: 500 }).messages.filter(({ kind }) => kind === 'text');
      window.fakeCore.chats.pin({ id: all[3].id, seconds: 3600 });
      return all[3].id;
    });
    await page.waitForSelector(`${id('pinned-bar')}[data-message-id="${pinned}"]`);
    await page.locator(id('message')).filter({ hasText: 'Perfect.' }).last().locator(id('message-menu')).focus();
    await page.keyboard.press('Enter');
    await page.click(id('menu-pin'));
    await page.waitForSelector(id('pin-dialog'));
    assert.deepEqual(await violations(page), []);
    await shot(page, 'pin-dialog');
    await page.click(id('pin-save'));
    await page.waitForSelector(id('pin-dialog'), { state: 'detached' });
    assert.equal(await drive(page, () => window.fakeCore.calls.findLast(({ method }) => method === 'pin').params.seconds), 604_800);
    await page.locator(id('pinned-bar')).filter({ hasText: 'Pinned message 1 of 2' }).filter({ hasText: 'Perfect.' }).waitFor();
    await still(page);
    assert.deepEqual(await violations(page), []);
    await shot(page, 'pinned-wide');
    await page.click(id('pinned-bar'));
    await page.locator(id('pinned-bar')).filter({ hasText: '2 of 2' }).waitFor();
    await page.click(id('pinned-bar'));
    await page.waitForSelector(`[data-message-id="${pinned}"] .marked, [data-message-id="${pinned}"].marked`);
    await page.setViewportSize(phone);
    await page.emulateMedia({ colorScheme: 'dark' });
    await still(page);
    await shot(page, 'pinned-phone-dark');
    await page.click(id('jump-latest'));
    await page.locator(id('pin-line')).last().waitFor();
    await page.locator(id('message')).filter({ hasText: 'Perfect.' }).last().locator(id('message-menu')).focus();
    await page.keyboard.press('Enter');
    await page.click(id('menu-unpin'));
    await page.locator(id('message')).filter({ hasText: 'You unpinned a message.' }).waitFor();
    await page.locator(id('pinned-bar')).filter({ hasText: 'of 2' }).waitFor({ state: 'detached' });
    assert.deepEqual(problems, []);
  },

  async 'hostile content is inert or refused, and the app lives'(environment) {
    const { page, problems } = await open(environment, 'group', '#/chat/account-7');
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('dialog', (dialog) => {
      problems.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('popup', () => problems.push('a window was opened'));
    await page.waitForSelector(id('message'));
    const last = await drive(page, hostileChat, pngOf(60_000, 60_000).toString('base64'));
    await page.locator(id('message')).filter({ hasText: last }).waitFor();
    const seen = new Set();
    for (const viewport of [wide, phone]) {
      await page.setViewportSize(viewport);
      if (viewport === phone) await page.click(id('jump-latest'));
      await still(page);
      await shot(page, `hostile-end-${viewport.width}`);
      const found = { seen: [], links: [], active: [], beyond: -Infinity };
      for (let start = false, steps = 0; !start && steps < 120; steps++) {
        const screen = await page.$eval(id('message-list'), lookAt);
        for (const what of ['seen', 'links', 'active']) found[what].push(...screen[what]);
        found.beyond = Math.max(found.beyond, screen.beyond);
        start = screen.start;
      }
      assert.ok(found.beyond <= 0, `the page is ${found.beyond} pixels wider than its window`);
      assert.deepEqual(found.active, []);
      assert.deepEqual(found.links.filter((link) => !/^(https?|mailto):noopener noreferrer$/.test(link)), []);
      found.seen.forEach((kind) => seen.add(kind));
      await shot(page, `hostile-${viewport.width}`);
    }
    for (const kind of ['text', 'unsupported', 'waiting', 'media', 'poll', 'location', 'contact', 'pin', 'refused']) assert.ok(seen.has(kind), `${kind} was shown`);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    const own = new URL(page.url()).origin;
    assert.deepEqual(asked.filter((url) => !url.startsWith(own) && !/^(blob|data):/.test(url)), []);
    // The app lives: something is written, and another chat opened.
    await page.fill(id('composer-input'), 'Still here.');
    await page.click(id('send-button'));
    await page.locator(id('message')).filter({ hasText: 'Still here.' }).waitFor();
    await page.setViewportSize(wide);
    await page.locator(id('chat-item')).filter({ hasText: 'Mama' }).first().click();
    await page.waitForSelector(`${id('conversation')}:not([data-chat-id=account-7])`);
    assert.deepEqual(problems, []);
  },

  async 'a photo that can be opened once is sent, opened, and gone'(environment) {
    const { page, problems } = await open(environment, 'chats', '#/chat/account-7');
    await page.waitForSelector(id('message'));
    const message = await drive(page, async () => {
      const { chats, files } = window.fakeCore;
      const canvas = new OffscreenCanvas(300, 200);
      canvas.getContext('2d').fillRect(0, 0, 150, 200);
      const photo = await canvas.convertToBlob({ type: 'image/png' });
      const made = files.receive('account-7', photo, { kind: 'photo', width: 300, height: 200 });
      chats.setMessage(made.id, { viewOnce: true });
      window.photo = new File([photo], 'beach.png', { type: 'image/png' });
      return made.id;
    });
    const bubble = `[data-message-id="${message}"]`;
    await page.waitForSelector(`${bubble} ${id('once-open')}`);
    assert.equal(await page.locator(`${bubble} img`).count(), 0, 'nothing is seen before');
    assert.deepEqual(await violations(page), []);
    await page.locator(`${bubble} ${id('message-menu')}`).focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector(id('menu'));
    assert.deepEqual(await page.$$eval('[role=menuitem]', (all) => all.map((one) => one.dataset.testid).filter((name) => /forward|star|copy|save/.test(name ?? ''))), []);
    await page.keyboard.press('Escape');
    await page.click(id('once-open'));
    await page.waitForSelector(id('once-photo'));
    await shot(page, 'once-stage');
    assert.deepEqual(await violations(page), []);
    await page.keyboard.press('Escape');
    await page.waitForSelector(id('once-stage'), { state: 'detached' });
    await page.waitForSelector(`${bubble} ${id('once')}`);
    const called = await drive(page, () => window.fakeCore.calls.map(({ method }) => method).filter((name) => name.endsWith('Once')));
    assert.deepEqual([...new Set(called)], ['openOnce', 'closeOnce']);

    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.click(id('attach-button')).then(() => page.click(id('menu-media')))]);
    const bytes = await drive(page, async () => Array.from(new Uint8Array(await window.photo.arrayBuffer())));
    await chooser.setFiles([{ name: 'beach.png', mimeType: 'image/png', buffer: Buffer.from(bytes) }]);
    await page.waitForSelector(`${id('tray-item')} img`);
    await page.check(id('tray-once'));
    assert.equal(await page.locator(id('tray-caption')).count(), 0);
    await shot(page, 'once-tray');
    assert.deepEqual(await violations(page), []);
    await page.click(id('tray-send'));
    await page.waitForSelector(id('tray'), { state: 'detached' });
    const sent = await drive(page, () => window.fakeCore.calls.findLast(({ method }) => method === 'sendMedia').params);
    assert.equal(sent.viewOnce, true);
    assert.equal(sent.caption, '');
    await page.locator(id('message')).last().locator(id('once')).waitFor();
    await still(page);
    await shot(page, 'once-chat');
    assert.deepEqual(problems, []);
  },
};

/** Runs in the page: tells what a list shows, and whether the first of the hostile messages is among it; goes on upwards. */
async function lookAt(list) {
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  const shown = [...list.querySelectorAll('[data-testid=message]')];
  list.scrollBy({ top: -500, behavior: 'instant' }); // what is shown changes later
  const refused = list.textContent.includes('This picture is not shown here') ? ['refused'] : [];
  return {
    seen: [...refused, ...shown.map(({ dataset }) => dataset.kind)],
    links: [...list.querySelectorAll('a')].map(({ protocol, rel }) => protocol + rel),
    active: [...list.querySelectorAll('script, iframe, object, embed, form, link, style, svg image, [onerror], [onload]')].map(({ outerHTML }) => outerHTML),
    beyond: Math.max(document.documentElement.scrollWidth - innerWidth, list.scrollWidth - list.clientWidth),
    start: shown.some(({ textContent }) => textContent.includes('This is where it begins')),
  };
}

/** The beginning of a PNG file that claims a size in pixels. */
function pngOf(width, height) {
  const file = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR........\x08\x06\0\0\0\0\0\0\0', 'latin1');
  file.writeUInt32BE(width, 16);
  file.writeUInt32BE(height, 20);
  return file;
}

/** Runs in the page: fills a chat with what somebody hostile may send, and returns the text of the last message. */
function hostileChat(bomb) {
  const { chats, files } = window.fakeCore;
  const chatId = 'account-7';
  const evil = '<img src="https://evil.example/x.png" onerror="window.hacked=1"><script>window.hacked=1</script>';
  const turned = '\u202Egpj.exe\u202D \u2067abc\u2069 \u200F\uFEFF';
  const wide = 'W'.repeat(65_536);
  /** As long as the core lets names be. */
  const long = wide.slice(0, 200);
  const texts = [
    'This is where it begins', evil, `*${evil}* \`${evil}\` _${evil}_`, '[a link](javascript:window.hacked=1) ![a picture](https://evil.example/track.gif)',
    'javascript:window.hacked=1 data:text/html,<script>window.hacked=1</script> vbscript:x file:///etc/passwd',
    'https://example.org@evil.example/ https://ехаmple.org/ https://example.org/\u202Emoc.live', turned, `before ${turned} after`,
    wide, '😀'.repeat(16_384), 'Z\u0337\u0351\u0310\u033D'.repeat(400) + 'a' + '\u0311'.repeat(5000), '\uD800 \uDFFF \uD800\uD800', '\n'.repeat(20_000) + 'deep',
    `> ${'> '.repeat(5000)}x`, '- '.repeat(8000), '*_~'.repeat(10_000), '\0\x1B[31m\x07 control', 'A\u2028B\u2029C', '&lt;b&gt; &#106;avascript:', '٪'.repeat(3000),
    '{{constructor.constructor("window.hacked=1")()}} ${window.hacked=1}', '@'.repeat(20_000), 'https://'.repeat(5000), `https://example.org/${'a'.repeat(60_000)}`,
  ];
  for (const text of texts) chats.put(chatId, { text });
  const name = `${evil} ${turned} ${wide.slice(0, 2000)}`;
  chats.put(chatId, { text: 'who?', senderId: 'account-9', senderName: name, mentions: [{ accountId: 'x', name: evil }] });
  const quote = { id: 'nowhere', text: wide.slice(0, 400), senderName: name };
  chats.put(chatId, { text: 'an answer', quote, reactions: [{ emoji: evil.slice(0, 64), count: 1e9 }, { emoji: '👨‍👩‍👧‍👦'.repeat(8), count: 1 }] });
  chats.put(chatId, { text: '', kind: 'unsupported' });
  chats.put(chatId, { text: evil, kind: 'hologram' });
  chats.put(chatId, { text: '', kind: 'waiting', waitsFor: 'contact' });
  chats.put(chatId, { text: long, kind: 'poll', poll: { question: wide.slice(0, 1000), multiple: true, voters: 1e9, options: [{ text: evil, votes: -1 }, { text: long, votes: 1e308 }] } });
  chats.put(chatId, { text: long, kind: 'location', location: { latitude: 1e308, longitude: NaN, name: evil + long } });
  chats.put(chatId, { text: long, kind: 'contact', contact: { name: turned + long, phone: 'javascript:window.hacked=1' } });
  chats.put(chatId, { text: 'https://example.org', preview: { url: 'https://example.org', title: wide.slice(0, 300), description: evil, picture: btoa('<svg onload="window.hacked=1"/>') } });
  const bytes = Uint8Array.from(atob(bomb), (c) => c.charCodeAt(0));
  const file = (content, media) => files.receive(chatId, new Blob([content]), { kind: 'photo', state: 'local', ...media });
  file(bytes, { type: 'image/png', width: 60_000, height: 60_000 });
  file(evil, { type: 'image/svg+xml', name: 'photo.svg', width: 1, height: 1e6 });
  file(`<html>${evil}</html>`, { type: 'text/html', width: -5, height: 0 });
  file('RIFF....WEBPVP8L........', { type: 'image/webp', kind: 'sticker', preview: bomb });
  file(evil, { kind: 'document', name: `../../${turned}${long}.pdf.exe`, type: 'text/html' });
  file(evil, { kind: 'voice', type: 'text/html', durationMs: 1e15, waveform: btoa('\xff'.repeat(100)) });
  file(evil, { kind: 'video', type: 'video/mp4', width: 1e9, height: 1 });
  const pinned = chats.put(chatId, { text: evil + wide });
  chats.pin({ id: pinned.id, seconds: 3600 });
  chats.change(chatId, { title: name });
  chats.change(chats.list().find(({ kind }) => kind === 'group').id, { title: `${turned} ${evil}` });
  return chats.put(chatId, { text: 'That was it' }).text;
}
