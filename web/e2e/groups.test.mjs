// A group of a browser and two command lines: made, written in, changed, left (M50, X5); then a community of two browsers.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { id } from './harness/app.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

const carol = { name: 'Carol', phone: '+32470000003' };
const phone = { viewport: { width: 390, height: 844 } };
/** A picture of both screens, where somebody asks for them. */
const shot = async (apps, name) => {
  if (!process.env.PARLEY_SHOTS) return;
  for (const [i, { page }] of apps.entries()) await page.screenshot({ path: join(process.env.PARLEY_SHOTS, `${name}-${i}.png`) });
};

/** Alice, who has the group Picnic with Bob, makes another one and a community of both; Bob uses it and leaves (X5). */
async function useCommunity(alices, bobs) {
  await alices.home();
  await alices.click('new-chat');
  await alices.click('new-group');
  await alices.fill('new-group-name', 'Choir');
  await alices.fill('new-group-phone', bob.phone);
  await alices.click('new-group-make');
  await alices.page.waitForSelector(`${id('conversation-title')}:has-text("Choir")`);
  await alices.home();
  await alices.click('new-chat');
  await alices.click('new-community');
  await alices.fill('new-group-name', 'Village');
  for (const name of ['Picnic', 'Choir']) await alices.page.click(`${id('person')}:has-text("${name}")`);
  await shot([alices], 'community-new');
  await alices.click('new-group-make');
  await alices.page.waitForSelector(`${id('conversation-title')}:has-text("Village")`);
  await alices.send('The fair is on Sunday');

  // Bob reads what is announced, and writes in a group of the community; he is in both already.
  await bobs.openChat('Announcements');
  await bobs.sees('The fair is on Sunday');
  await bobs.see('group-closed');
  await bobs.click('open-group');
  await bobs.page.waitForSelector(`${id('community-group')}[data-state=joined] >> nth=1`);
  await shot([alices, bobs], 'community');
  await bobs.page.click(`${id('community-group')} button:has-text("Choir")`);
  await bobs.page.waitForSelector(`${id('conversation-title')}:has-text("Choir")`);
  await bobs.send('I bring the drum');
  await alices.openChat('Choir');
  await alices.sees('I bring the drum');
  await shot([alices, bobs], 'community-group');

  await bobs.openChat('Announcements');
  await bobs.click('open-group');
  await bobs.click('community-leave');
  await shot([bobs], 'community-leave');
  await bobs.click('community-yes');
  await bobs.page.waitForSelector(id('community-pane'), { state: 'detached' });
  await alices.openChat('Announcements');
  await alices.send('Only those who stay read this');
  await alices.openChat('Choir');
  await alices.send('and nobody sings');
  assert.ok(!(await bobs.texts()).includes('Only those who stay read this'));
  await bobs.openChat('Choir');
  await bobs.see('group-closed');
  await bobs.shows(['I bring the drum']); // messages are drawn after the head of the chat
}

test('a group is made in the browser, and everybody writes in it (M50)', inWorld(async (world, t) => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-group-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [a1, b1, c1] = await Promise.all([world.cliPrimary(alice), world.cliPrimary(bob), world.cliPrimary(carol)]);
  a1.receive();
  const a2 = await world.linkedTo(a1, 'Laptop');
  await a2.page.click(id('new-chat'));
  await a2.page.click(id('new-group'));
  await a2.page.fill(id('new-group-name'), 'Picnic');
  await a2.page.fill(id('new-group-phone'), bob.phone);
  await a2.page.click(id('new-group-make'));
  await a2.page.waitForSelector(`${id('conversation-title')}:has-text("Picnic")`);
  await a2.send('hello');
  await b1.want('receive', '--once');
  await b1.want('send', '--to', 'Picnic', 'hello from Bob');
  await a2.shows(['hello', 'hello from Bob']);
  await a2.page.locator(id('message-sender'), { hasText: bob.name }).waitFor();
  await a2.page.click(id('open-group'));
  await a2.page.fill(id('group-add-phone'), carol.phone);
  await a2.page.click(id('group-add'));
  await a2.page.waitForSelector(`${id('member')} >> nth=2`);
  await a2.page.keyboard.press('Escape');
  await c1.want('receive', '--once');
  await c1.want('send', '--to', 'Picnic', 'and Carol');
  await a2.shows(['hello', 'hello from Bob', 'and Carol']);
  // A file goes to a group as to a chat of two (X5, M43).
  await a2.page.click(id('attach-button'));
  await a2.page.waitForSelector(id('menu-media'));
  await a2.page.keyboard.press('Escape');
  await a2.page.setInputFiles(id('attach-input'), { name: 'plan.txt', mimeType: 'text/plain', buffer: Buffer.from('meet at noon') });
  await a2.page.click(id('tray-send'));
  await a2.page.waitForSelector(`${id('message')}:not([data-status=pending]) ${id('media')}[data-media-state=local]`);
  for (const member of [b1, c1]) {
    await member.want('receive', '--once');
    const { messages } = JSON.parse(await member.want('messages', '--with', 'Picnic', '--json'));
    const path = join(folder, member === b1 ? 'bob' : 'carol');
    await member.want('download', messages.at(-1).id, '--to', path);
    assert.equal(readFileSync(path, 'utf8'), 'meet at noon');
  }
  await b1.want('group', 'leave', 'Picnic');
  await a2.send('without Bob');
  await b1.want('receive', '--once');
  assert.doesNotMatch(await b1.want('messages', '--with', 'Picnic'), /without Bob/);
  await c1.want('receive', '--once');
  assert.match(await c1.want('messages', '--with', 'Picnic'), /without Bob/);
  // Bob comes back by the link, once an admin has let him in (X5).
  await a2.page.click(id('open-group'));
  await a2.page.click(id('group-adminsApprove'));
  await a2.page.click(`${id('group-new-link')}:not([aria-busy])`);
  const link = await a2.page.innerText(id('group-link'));
  await a2.page.keyboard.press('Escape');
  assert.match(await b1.want('group', 'join', link), /An admin of the group decides/);
  await a2.page.click(id('asks-to-join'));
  await a2.page.click(id('approve-join'));
  await a2.page.waitForSelector(id('join-request'), { state: 'detached' });
  await a2.page.click(id('mentions-only'));
  await a2.page.keyboard.press('Escape');
  await a2.page.waitForSelector(id('group-pane'), { state: 'detached' });
  await a2.send('with Bob');
  await b1.want('receive', '--once');
  assert.match(await b1.want('messages', '--with', 'Picnic'), /with Bob/);
  await useCommunity(a2, await world.linkedTo(b1, 'Phone', phone));
  assert.deepEqual(world.problems, []);
}));
