// What was said before a device was linked comes to it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noteHistory } from './harness/historyLines.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

test('a browser gets its history from a browser, and both tell how far it is (M9, M11)', inWorld(async (world) => {
  const a1 = await world.primary(alice);
  const b1 = (await world.cliPrimary(bob)).receive();
  const said = [];
  for (let i = 0; i < 24; i++) {
    said.push(`${i}${' long'.repeat(i < 20 ? 9000 : 1)}`);
    await b1.send(alice.phone, said.at(-1));
  }
  const preview = (app, text) => app.page.locator('[data-testid=chat-item]', { hasText: text }).waitFor();
  await a1.home();
  await preview(a1, said.at(-1));
  const a2 = await world.app();
  const offer = await a2.showLink('Laptop');
  await a1.linkDevice();
  const [sent, received] = [await noteHistory(a1), await noteHistory(a2)];
  await a1.useLink(offer);
  await a1.acceptLink();
  await a2.linked();
  await preview(a2, said.at(-1));
  await a2.page.waitForFunction(() => !document.querySelector('[data-testid=history-receiving]'));
  const lines = (await received()).map(({ text }) => text).filter(Boolean);
  assert.ok(lines.some((line) => /^Loading your history: \d+ of 24 messages$/.test(line)), lines.join('\n'));
  const counts = lines.map((line) => Number(/: (\d+) of/.exec(line)?.[1] ?? 0));
  assert.deepEqual(counts, counts.toSorted((a, b) => a - b), 'the numbers grow');
  const sending = (await sent()).map(({ text }) => text);
  assert.ok(sending.some((line) => /^Sending history to Laptop: \d+ of 24 messages$/.test(line)), sending.join('\n'));
}));
