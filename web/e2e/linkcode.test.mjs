// A device is linked without a camera: a code is typed, and people compare four words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { id } from './harness/app.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

test('a browser is linked to a browser by a typed code (M5, M6, M25, M26)', inWorld(async (world) => {
  const a1 = await world.primary(alice);
  const b1 = (await world.cliPrimary(bob)).receive();
  await b1.send(alice.phone, 'Hello Alice');
  await a1.openChat('Bob');
  const a2 = await world.app();
  const code = await a2.showCode('Desk PC');
  assert.match(code, /^[0-9A-Z]{4}-[0-9A-Z]{4}$/);

  await a1.linkDevice();
  await a1.useLink('0000-0000');
  await a1.problem('link_code_unknown');
  await a1.useLink('0000-000U');
  await a1.problem('link_code_malformed');
  await a1.useLink(code.toLowerCase().replace('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l'));
  const words = await a1.words();
  assert.deepEqual(await a2.words(), words);
  assert.equal(new Set(words).size > 1 && words.every((word) => /^[a-z]{5,9}$/.test(word)), true);
  assert.equal(await a1.page.isVisible(id('link-accept')), false); // before the new device's person has said yes
  await a2.click('words-same');
  await a1.see('link-accept');
  assert.deepEqual(await a1.words(), words);
  assert.equal(await a1.text('confirm-device'), 'Desk PC');
  assert.equal(await a1.text('confirm-account'), '+32 470 00 00 01 (Alice)');
  await a1.acceptLink();
  await a2.page.getByText('Linked to +32 470 00 00 01').waitFor();
  await a2.linked();
  await a2.openChat('Bob');
  await a2.shows(['Hello Alice']);
  assert.deepEqual(world.problems, []);
}));

test('browsers and command lines link each other by a typed code (M5)', inWorld(async (world) => {
  const a1 = await world.primary(alice);
  const server = world.cli();
  const linking = server.linkByCode('Server');
  await a1.linkDevice();
  await a1.useLink(await linking.code());
  const words = await a1.words();
  assert.deepEqual(await linking.words(), words);
  linking.answer('y');
  await a1.see('link-accept');
  assert.equal(await a1.text('confirm-platform'), 'Command line');
  await a1.acceptLink();
  assert.equal(await linking.linked(), 0);

  const b1 = await world.cliPrimary(bob);
  const b2 = await world.app();
  const typing = b1.typeCode(await b2.showCode('Kitchen tablet'));
  const shown = await b2.words();
  await typing.line((line) => line.trim() === shown.join('  '));
  typing.answer('y');
  await b2.click('words-same');
  await typing.line((line) => line.includes('Kitchen tablet'));
  typing.answer('y');
  await b2.linked();
  assert.equal(await typing.done(), 0);
  assert.deepEqual(world.problems, []);
}));

test('words that differ end it on both devices, whoever says so (M6)', inWorld(async (world) => {
  const a1 = await world.primary(alice);
  const a2 = await world.app();
  await a1.linkDevice();
  await a1.useLink(await a2.showCode('Desk PC'));
  await a2.words();
  await a2.click('words-differ');
  await a2.problem('link_words_differ');
  await a1.problem('link_words_differ');

  await a2.click('link-refresh');
  await a1.useLink(await a2.text('link-code'));
  await a2.words();
  await a1.click('words-differ');
  await a1.page.waitForSelector(`${id('scan-step')}[data-step=differed]`);
  await a2.problem('link_words_differ');
  await a1.devices();
  assert.equal(await a1.page.locator(id('device')).count(), 1);
  assert.deepEqual(world.problems, []);
}));
