// Groups and communities, on the fake core; ../ui.mjs runs these.
import assert from 'node:assert/strict';
import { goneBack, id, open, phone, still, violations, wide } from './page.mjs';

export const groupsTests = {
  async 'a group is made, shown with who wrote what, changed and left (M50)'(environment) {
    for (const [viewport, colorScheme] of [[wide, 'light'], [phone, 'dark']]) {
      const { page, problems } = await open(environment, 'group', '', viewport);
      await page.emulateMedia({ colorScheme });
      await page.waitForSelector(id('chat-item'));
      await page.click(`${id('chat-item')}:has-text("Summer picnic")`);
      await page.waitForSelector(`${id('sender-picture')} >> nth=1`);
      await still(page);
      assert.equal(await page.$$eval(id('message-sender'), (all) => all.length), 2, 'a name stands over the first of a group of messages');
      const pictures = await page.$$eval(id('sender-picture'), (all) => all.map((one) => {
        const [picture, bubble] = [one, one.parentElement].map((element) => element.getBoundingClientRect());
        return { after: one.closest('[data-testid=message]').querySelector('[data-testid=message-text]').textContent, beside: picture.right < bubble.left && picture.left >= 0, below: Math.abs(picture.bottom - bubble.bottom) };
      }));
      assert.deepEqual(pictures, ['Who brings the blankets?', 'and a basket'].map((after) => ({ after, beside: true, below: 0 })), 'a picture stands beside the last of them');
      await page.locator(id('presence'), { hasText: '4 people' }).waitFor();
      if (process.env.PARLEY_SHOTS) await page.screenshot({ path: `${process.env.PARLEY_SHOTS}/group-${colorScheme}.png` });
      assert.deepEqual(await violations(page), []);
      await page.click(id('open-group'));
      await page.waitForSelector(id('member'));
      await page.click(`${id('member')} button`);
      await page.click(id('member-admin'));
      await page.waitForSelector(`${id('member')}[data-admin=true] >> nth=1`);
      if (process.env.PARLEY_SHOTS) await page.screenshot({ path: `${process.env.PARLEY_SHOTS}/pane-${colorScheme}.png` });
      assert.deepEqual(await violations(page), []);
      await page.fill(id('group-name'), 'Winter picnic');
      await page.click(id('group-save'));
      await page.waitForSelector(`${id('conversation-title')}:has-text("Winter picnic")`);
      await page.click(id('group-leave'));
      await page.click(id('group-leave-yes'));
      await page.waitForSelector(id('group-closed'));
      await goneBack(page);
      await page.goto(`${environment.origin}/dev.html?scene=group`);
      await page.click(id('new-chat'));
      await page.click(id('new-group'));
      await page.fill(id('new-group-name'), 'Book club');
      await page.click(id('new-group-make'));
      await page.waitForSelector(`${id('new-group-dialog')} [aria-invalid=true]`);
      await page.check(`${id('person')} input`);
      if (process.env.PARLEY_SHOTS) await page.screenshot({ path: `${process.env.PARLEY_SHOTS}/new-${colorScheme}.png` });
      assert.deepEqual(await violations(page), []);
      await page.click(id('new-group-make'));
      await page.waitForSelector(`${id('conversation-title')}:has-text("Book club")`);
      assert.deepEqual(problems, []);
    }
  },

  async 'a community gathers groups; requests to join are answered, and one is taken back (X5)'(environment) {
    for (const [viewport, colorScheme] of [[wide, 'light'], [phone, 'dark']]) {
      const { page, problems } = await open(environment, 'community', '', viewport);
      await page.emulateMedia({ colorScheme });
      const chat = (title) => page.click(`${id('chat-item')}:has-text("${title}")`);
      const looked = async (name) => {
        if (process.env.PARLEY_SHOTS) await page.screenshot({ path: `${process.env.PARLEY_SHOTS}/${name}-${colorScheme}.png` });
        assert.deepEqual(await violations(page), []);
      };
      await page.waitForSelector(`${id('chat-community')}:has-text("Our village")`);
      await looked('communities');
      await chat('Announcements');
      await page.click(id('open-group'));
      await page.waitForSelector(`${id('community-group')}[data-state=joined]`);
      await page.click(id('community-add'));
      await page.waitForSelector(`${id('community-pane')} ${id('person')}`);
      await looked('community');
      await page.check(`${id('person')}:has-text("Book club") input`);
      await page.click(id('community-add-chosen'));
      await page.waitForSelector(`${id('community-group')}[data-state=joined] >> nth=1`);
      await page.click(`${id('community-group')}:has-text("Book club") ${id('community-unlink')}`);
      await page.waitForSelector(`${id('community-group')}:has-text("Book club")`, { state: 'detached' });
      await page.click(`${id('community-group')}[data-state=joined] button.name`);
      await page.waitForSelector(`${id('conversation-title')}:has-text("Summer picnic")`);
      await page.click(id('asks-to-join'));
      await page.waitForSelector(id('join-request'));
      await page.waitForSelector(id('past-member'));
      await looked('requests');
      await page.click(id('approve-join'));
      await page.waitForSelector(id('join-request'), { state: 'detached' });
      await page.keyboard.press('Escape');
      if (viewport === phone) {
        await page.click(id('back'));
        await page.waitForSelector(`${id('conversation-title')}:has-text("Our village")`);
        await page.click(id('back'));
      }
      await chat('Fishing');
      await page.waitForSelector(id('waiting-bar'));
      await looked('waiting');
      await page.click(id('withdraw-join'));
      await page.waitForSelector(id('waiting-bar'), { state: 'detached' });
      assert.deepEqual(problems, []);
    }
  },
};
