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
});
