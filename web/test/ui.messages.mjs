// What people do with messages, on the fake core; test/ui.mjs runs these with its tools.
import assert from 'node:assert/strict';

const phone = { width: 390, height: 844 };
const wide = { width: 1280, height: 800 };

export const messagesTests = ({ id, open, violations, drive, still, shot }) => ({
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
});
