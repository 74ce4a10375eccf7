// A group of a browser and two command lines: made, written in, changed, left (M50, X5).
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { id } from './harness/app.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

const carol = { name: 'Carol', phone: '+32470000003' };

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
  assert.equal(await a2.page.textContent(id('message-sender')), bob.name);
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
  await a2.page.click(id('group-new-link'));
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
  assert.deepEqual(world.problems, []);
}));
