// A conversation: its list of messages, drafts and what is done with a message, on the fake core; ../ui.mjs runs these.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { atEnd, drive, focused, hold, holds, id, menuOf, open, openChat, phone, scroll, still, texts } from './page.mjs';

export const conversationTests = {
  async 'a chat that begins with new messages is followed when they no longer fit on the screen'(environment) {
    const { page, problems } = await open(environment, 'chats', '', phone);
    await page.waitForSelector(id('chat-item'));
    await drive(page, () => {
      const { id: chat } = fakeCore.chats.add('Zoë', '+32470999123');
      fakeCore.chats.put(chat, { text: 'Hello' });
      location.hash = `#/chat/${chat}`;
      globalThis.come = (count) => { for (let i = 0; i < count; i++) fakeCore.chats.put(chat, { text: `One more, ${i}` }); };
    });
    await page.waitForSelector(id('new-divider'));
    await still(page);
    assert.equal((await scroll(page)).left, 0);
    for (let i = 0; i < 6; i++) {
      await drive(page, () => come(5));
      await still(page);
    }
    await atEnd(page);
    await page.locator(id('message')).last().filter({ hasText: 'One more, 4' }).waitFor();
    assert.deepEqual(problems, []);
  },

  async 'a chat opens at its end and stays there while messages come'(environment) {
    const { page } = await openChat(environment);
    for (let i = 0; i < 30; i++) {
      await drive(page, (n) => fakeCore.chats.put('account-7', { text: `line ${n}\n`.repeat(1 + (n % 4)) }), i);
    }
    await page.waitForSelector('text=line 29');
    await atEnd(page);
  },

  async 'a thousand messages that come at once are all there, and the app keeps up'(environment) {
    const { page } = await openChat(environment);
    const took = await drive(page, async () => {
      const started = performance.now();
      for (let i = 1; i <= 1000; i++) {
        fakeCore.chats.put('account-7', { text: `flood ${i}` });
        if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve));
      }
      return performance.now() - started;
    });
    await page.waitForSelector('text=flood 1000');
    await atEnd(page);
    process.stdout.write(`    1,000 messages shown in ${Math.round(took)} ms\n`);
  },

  async 'reading further up is not disturbed by a new message, which is counted'(environment) {
    const { page } = await openChat(environment);
    await page.hover(id('message-list'));
    await page.mouse.wheel(0, -1500);
    await page.waitForSelector(id('jump-latest'));
    await still(page);
    const before = await scroll(page);
    await drive(page, () => fakeCore.chats.put('account-7', { text: 'while you were away' }));
    await page.waitForSelector(`${id('jump-latest')} .count`);
    await still(page);
    assert.equal((await scroll(page)).top, before.top);
    await page.click(id('jump-latest'));
    await atEnd(page);
    await page.waitForSelector('text=while you were away');
    await page.waitForSelector(id('jump-latest'), { state: 'detached' });
  },

  async 'older messages load above and the place is kept'(environment) {
    const { page } = await openChat(environment);
    await page.hover(id('message-list'));
    const top = () => page.evaluate(() => {
      const list = document.querySelector('[data-testid=message-list]').getBoundingClientRect();
      const first = [...document.querySelectorAll('[data-testid=message]')].find((one) => one.getBoundingClientRect().top >= list.top + 8);
      return { id: first.dataset.messageId, y: first.getBoundingClientRect().top };
    });
    const release = await hold(page, 'messages');
    while (!(await drive(page, () => fakeCore.held))) {
      await page.mouse.wheel(0, -400);
      await still(page);
    }
    await still(page);
    const seen = await top();
    const height = () => page.$eval(id('message-list'), (list) => list.scrollHeight);
    const before = await height();
    await release();
    await page.waitForFunction(([list, was]) => document.querySelector(list).scrollHeight > was, [id('message-list'), before]);
    await still(page);
    const y = await page.$eval(`[data-message-id="${seen.id}"]`, (one) => one.getBoundingClientRect().top);
    assert.ok(Math.abs(y - seen.y) < 3, `moved by ${y - seen.y} px`);
  },

  async 'the whole history can be scrolled to its start'(environment) {
    const { page } = await openChat(environment);
    await page.hover(id('message-list'));
    for (let i = 0; i < 60 && !(await page.$('text=This is the start of your chat')); i++) {
      await page.mouse.wheel(0, -4000);
      await still(page);
    }
    assert.ok((await texts(page)).some((text) => text.endsWith('(1)')));
  },

  async 'a sent message appears at once, clears the field and gets its ticks'(environment) {
    const { page } = await openChat(environment);
    await page.fill(id('composer-input'), 'first line');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('second line');
    await page.keyboard.press('Enter');
    const own = `${id('message')}:has-text("second line")`;
    await page.waitForSelector(own);
    await holds(page, 'composer-input', '');
    await page.waitForSelector(`${own}[data-status=read]`);
    await atEnd(page);
  },

  async 'a text that could not be kept comes back into the field, with the reason'(environment) {
    const { page } = await openChat(environment);
    await drive(page, () => fakeCore.failNext.set('send', { code: 'local_storage_full', message: '' }));
    await page.fill(id('composer-input'), 'precious');
    await page.keyboard.press('Enter');
    await page.waitForSelector(`${id('problem')}[data-code=local_storage_full]`);
    assert.equal(await page.inputValue(id('composer-input')), 'precious');
  },

  async 'a draft waits in its chat'(environment) {
    const { page } = await openChat(environment);
    await page.fill(id('composer-input'), 'not yet');
    await page.click(`${id('chat-item')}[data-chat-id=account-6]`);
    await page.waitForSelector('text=Draft: not yet');
    await holds(page, 'composer-input', '');
    await page.goBack();
    await holds(page, 'composer-input', 'not yet');
  },

  async 'a text that was just written is asked about before the page is left, and is not lost'(environment) {
    const { page } = await openChat(environment);
    const release = await hold(page, 'changeChat');
    await page.click(id('composer-input'));
    await page.keyboard.type('half a sen');
    const asked = page.waitForEvent('dialog');
    const leaving = drive(page, () => location.reload());
    const dialog = await asked;
    assert.equal(dialog.type(), 'beforeunload');
    await dialog.dismiss();
    await leaving;
    assert.equal(await page.inputValue(id('composer-input')), 'half a sen');
    await release();
    await page.waitForFunction(() => fakeCore.chats.get('account-7').draft === 'half a sen');
  },

  async 'the field keeps a text until it is stored, and what is typed meanwhile'(environment) {
    const { page } = await openChat(environment);
    const release = await hold(page, 'send');
    await page.click(id('composer-input'));
    await page.keyboard.type('one');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => fakeCore.held === 1);
    assert.equal(await page.inputValue(id('composer-input')), 'one');
    await page.keyboard.type('two');
    await page.keyboard.press('Enter');
    await release();
    await holds(page, 'composer-input', '');
    await page.waitForFunction(() => [...document.querySelectorAll('[data-testid=message-text]')].slice(-2).map((one) => one.textContent).join() === 'one,two');
  },

  async 'a message is answered, reacted to, edited, forwarded and deleted (X2, X3, M49)'(environment) {
    const { page, problems } = await openChat(environment);
    await menuOf(page, 'dessert from you');
    await page.click(id('menu-reply'));
    await page.waitForSelector(id('reply-bar'));
    await focused(page, 'composer-input');
    await page.keyboard.type('*Fine* by me, see www.example.org');
    await page.keyboard.press('Enter');
    const own = page.locator(id('message')).filter({ hasText: 'Fine by me' });
    await own.locator(id('quote')).waitFor();
    assert.equal(await own.locator('strong').innerText(), 'Fine');
    assert.equal(await own.locator('a').getAttribute('rel'), 'noopener noreferrer');
    await menuOf(page, 'Fine by me');
    await page.click(`${id('menu-quick')} >> nth=0`);
    await own.locator(id('reactions')).waitFor();
    await menuOf(page, 'Fine by me');
    await page.click(id('menu-edit'));
    await page.waitForSelector(id('edit-bar'));
    await holds(page, 'composer-input', '*Fine* by me, see www.example.org');
    await page.fill(id('composer-input'), 'Better now');
    await page.keyboard.press('Enter');
    const edited = page.locator(id('message')).filter({ hasText: 'Better now' });
    await edited.locator(id('sign-edited')).waitFor();
    await page.waitForSelector(id('edit-bar'), { state: 'detached' });
    await menuOf(page, 'Better now');
    await page.click(id('menu-forward'));
    await page.fill(id('forward-search'), 'mama');
    await page.check(id('forward-chat'));
    await page.click(id('forward-send'));
    await page.locator(id('chat-item')).filter({ hasText: 'Mama' }).filter({ hasText: 'Better now' }).waitFor();
    await menuOf(page, 'Better now');
    await page.click(id('menu-delete'));
    await page.click(id('delete-for-everyone'));
    await page.waitForSelector(id('delete-dialog'), { state: 'detached' });
    await edited.waitFor({ state: 'detached' });
    await page.locator(id('quote')).first().click();
    await page.waitForSelector(`.marked${id('message')}`);
    assert.deepEqual(problems, []);
  },

  async 'a message gets a star and is found again among the starred ones (M48)'(environment) {
    const { page } = await openChat(environment);
    const message = page.locator(`${id('message')}:has-text("train at 10:42")`);
    await message.locator(id('message-text')).click({ button: 'right' });
    await page.click(id('menu-star'));
    await message.locator(id('sign-starred')).waitFor();
    const wanted = await message.getAttribute('data-message-id');
    await page.click(`${id('chat-item')}[data-chat-id=account-6]`);
    await page.click(id('starred-messages'));
    await page.click(`${id('starred')}[data-message-id="${wanted}"]`);
    await page.waitForSelector(`.marked[data-message-id="${wanted}"]`);
    await message.locator(id('message-menu')).click();
    await page.click(id('menu-unstar'));
    await message.locator(id('sign-starred')).waitFor({ state: 'detached' });
    await page.click(id('starred-messages'));
    await page.waitForSelector('.pane .empty');
  },

  async 'opening a chat with unread messages shows the divider and marks them read'(environment) {
    const { page } = await open(environment, 'chats', '');
    const mama = `${id('chat-item')}[data-chat-id=account-6]`;
    await page.waitForSelector(`${mama}:not([data-unread="0"])`);
    await page.click(mama);
    await page.waitForSelector(id('new-divider'));
    await page.waitForSelector(`${mama}[data-unread="0"]`);
  },

  async 'a found message is shown in its place (M54)'(environment) {
    const { page } = await open(environment, 'chats', '');
    await page.fill(id('search'), 'stationsstraat');
    await page.waitForSelector(id('search-hit'));
    const hit = page.locator(id('search-hit')).nth(40);
    const wanted = await hit.getAttribute('data-message-id');
    await hit.click();
    await page.waitForSelector(`.marked[data-message-id="${wanted}"]`);
    await still(page);
    const box = await page.locator(`[data-message-id="${wanted}"]${id('message')}`).boundingBox();
    assert.ok(box.y > 60 && box.y < 740, `at ${box.y}`);
    await page.click(id('jump-latest'));
    await page.waitForSelector('text=See you Sunday then');
    await atEnd(page);
    // Excerpts are without the marks of formatting.
    await drive(page, () => window.fakeCore.chats.put('account-7', { text: 'a *very _rare_ word* and `more`' }));
    await page.fill(id('search'), 'rare');
    const excerpt = page.locator(id('search-hit')).filter({ hasText: 'a very rare word and more' });
    assert.equal(await excerpt.locator('mark').textContent(), 'rare');
  },

  async 'markup in a message stays text'(environment) {
    const { page } = await openChat(environment);
    const text = '<img src=x onerror="window.hit=1"><b>bold</b> javascript:alert(1)';
    await drive(page, (value) => fakeCore.chats.put('account-7', { text: value }), text);
    await page.waitForFunction((value) => [...document.querySelectorAll('[data-testid=message-text]')].some((one) => one.textContent === value), text);
    assert.equal(await page.evaluate(() => window.hit), undefined);
    assert.equal(await page.$(`${id('message-text')} img, ${id('message-text')} b`), null);
  },
};
