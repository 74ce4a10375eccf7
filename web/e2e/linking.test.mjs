// People link their devices and write to each other on all of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App } from './harness/app.mjs';
import { Camera } from './harness/camera.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

/** On the primary: films the screen of the new device, looks at what is asked, and accepts. */
async function linkByCamera(primary, camera, fresh) {
  await fresh.showLink('Laptop');
  await camera.film(fresh.page);
  await primary.linkDevice();
  await primary.see('link-accept');
  const scanned = performance.now();
  assert.equal(await primary.text('confirm-device'), 'Laptop');
  assert.equal(await primary.text('confirm-platform'), 'Browser');
  assert.equal(await primary.text('confirm-account'), '+32 470 00 00 01 (Alice)');
  await primary.acceptLink();
  await fresh.page.getByText('Linked to +32 470 00 00 01').waitFor();
  await fresh.linked();
  return scanned;
}

test('five devices of two people show every message, once and in order (M1, M3, M5, M6, M12, M25-M28)', inWorld(async (world, t) => {
  const camera = new Camera();
  t.after(() => camera.close());
  const phone = await world.browser({ args: camera.args });
  let a1 = await App.open(phone, world.relay.url);
  t.diagnostic(`ready ${await a1.ready()} ms after navigation on an empty profile`);
  await a1.register(world.relay, alice.phone, alice.name);
  const b1 = (await world.cliPrimary(bob)).receive();
  await a1.newChat(bob.phone);

  const a2 = await world.app();
  const scanned = await linkByCamera(a1, camera, a2);
  const talk = ['Hello Alice'];
  await b1.send(alice.phone, talk[0]);
  await a2.openChat('Bob');
  await a2.shows(talk);
  t.diagnostic(`the first message was on the screen ${Math.round(performance.now() - scanned)} ms after the scan`);

  const a3 = world.cli();
  const linking = a3.link('Server');
  await a1.linkDevice();
  await a1.problem('link_used'); // The camera still looks at the code of the laptop.
  await a1.useLink(await linking.offer());
  assert.equal(await a1.text('confirm-platform'), 'Command line');
  await a1.acceptLink();
  assert.equal(await linking.linked(), 0);
  a3.receive();
  const b2 = await world.linkedTo(b1, 'Kitchen tablet');

  await a1.openChat('Bob');
  const say = async (device, text) => {
    await device(text);
    talk.push(text);
  };
  await say((text) => a1.send(text), 'from the phone');
  await b2.openChat('Alice');
  await say((text) => a2.send(text), 'from the laptop');
  await say((text) => b1.send(alice.phone, text), 'from the command line of Bob');
  await say((text) => b2.send(text), 'from the tablet');
  await say((text) => a3.send(bob.phone, text), 'from the server');

  const everywhere = async () => {
    for (const app of [a1, a2, b2]) await app.shows(talk);
    await b1.shows(alice.phone, talk);
    await a3.shows(bob.phone, talk);
  };
  await t.test('every message is on every device', everywhere);

  await t.test('linked devices go on while the primary is off, and it catches up (M8)', async () => {
    await phone.stop();
    await say((text) => b1.send(alice.phone, text), 'are you there?');
    await a2.shows(talk);
    await say((text) => a2.send(text), 'on the laptop, yes');
    await say((text) => a3.send(bob.phone, text), 'and on the server');
    await say((text) => b2.send(text), 'good');
    await a2.shows(talk);
    await phone.start();
    a1 = await App.open(phone, world.relay.url);
    await a1.openChat('Bob');
    await everywhere();
  });
  assert.deepEqual(world.problems, []);
}));
