// “Check my connection” names each fault that is caused here, and tells what to do (M113, M192–M199).
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { App, id } from './harness/app.mjs';
import { withoutFiles, wrongClock } from './harness/browser.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

/** Goes to Settings, Help, Check my connection; gives the code of each finding. */
async function check(app) {
  await app.home();
  await app.click('settings');
  await app.click('settings-check');
  return found(app);
}

/** What stands on the page once the checks have ended, by check. */
async function found(app) {
  await app.see('check-summary');
  return Object.fromEntries(await app.page.$$eval(id('check'), (all) => all.map(({ dataset }) => [dataset.check, `${dataset.state} ${dataset.code}`])));
}

async function again(app) {
  const run = Number(await app.page.getAttribute(id('check-summary'), 'data-run'));
  await app.click('check-again');
  await app.page.waitForSelector(`${id('check-summary')}[data-run="${run + 1}"]`);
  return found(app);
}

const sentence = (app, name) => app.page.innerText(`${id('check')}[data-check=${name}]`);

/** A proxy before the relay that lets WebSockets through, or not. */
async function proxyOf(relay) {
  const { hostname, port } = new URL(relay.url);
  const proxy = createServer((incoming, answer) => {
    const passed = request({ hostname, port, path: incoming.url, method: incoming.method, headers: incoming.headers }, (response) => {
      answer.writeHead(response.statusCode, response.headers);
      response.pipe(answer);
    });
    passed.on('error', () => answer.writeHead(502).end());
    incoming.pipe(passed);
  });
  const open = new Set();
  proxy.blocked = false;
  proxy.on('upgrade', ({ url, rawHeaders }, socket) => {
    if (proxy.blocked) return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const onward = connect(port, hostname);
    for (const one of [socket, onward]) {
      open.add(one);
      one.on('error', () => undefined);
      one.on('close', () => (socket.destroy(), onward.destroy()));
    }
    const headers = rawHeaders.flatMap((name, i) => (i % 2 ? [] : [`${name}: ${rawHeaders[i + 1]}`]));
    onward.write([`GET ${url} HTTP/1.1`, ...headers, '', ''].join('\r\n'));
    socket.pipe(onward).pipe(socket);
  });
  proxy.block = () => {
    proxy.blocked = true;
    for (const one of open) one.destroy();
  };
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return proxy;
}

test('where all is well it says so; the report tells nothing about the person; a relay that is stopped is named', inWorld(async (world) => {
  const [a1, b1] = await Promise.all([world.primary(alice), world.cliPrimary(bob)]);
  await a1.newChat(bob.phone);
  await a1.send('a word in confidence');
  assert.deepEqual(await check(a1), {
    lasting: 'warning not_lasting', http: 'ok http_ok', websocket: 'ok websocket_ok', relay: 'ok relay_same', versions: 'ok versions_fit',
    clock: 'ok clock_right', account: 'ok account_primary', device: 'ok device_listed', storage: 'ok storage_opfs', room: 'ok room_enough',
    worker: 'ok worker_ready', camera: 'ok camera_none', notifications: 'ok notifications_not_asked', outbox: 'ok outbox_empty', chats: 'ok chats_open', messages: 'ok messages_readable',
    history: 'ok history_here', keyPackages: 'ok key_packages_enough',
  });
  assert.match(await sentence(a1, 'account'), /It belongs to \+32 470 00 00 01/);
  await a1.page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: world.relay.url });
  await a1.click('check-copy');
  const report = await a1.page.evaluate(() => navigator.clipboard.readText());
  assert.match(report, /^Parley, 20.*chromium\n(?:\S+ +\S+ +[a-z_]+(?: \w+=\S+)*\n){18}$/);
  assert.doesNotMatch(report, /4700000|Alice|Bob|confidence|127\.0\.0\.1/);
  await b1.want('doctor');

  await world.relay.stop();
  const stopped = await again(a1);
  assert.equal(stopped.http, 'failed http_failed');
  assert.equal(stopped.websocket, 'failed websocket_failed');
  assert.equal(stopped.storage, 'ok storage_opfs');
  assert.equal((await b1.run(['doctor'])).status, 1);
  rmSync(world.relay.data, { recursive: true });
  await world.relay.start();
  const other = await again(a1);
  assert.equal(other.websocket, 'ok websocket_ok');
  assert.equal(other.relay, 'failed relay_changed');
}));

test('WebSockets that are blocked while HTTP works are told apart (M198)', inWorld(async (world) => {
  const proxy = await proxyOf(world.relay);
  try {
    const app = await App.open(await world.browser(), `http://127.0.0.1:${proxy.address().port}`);
    await app.register(world.relay, alice.phone, alice.name);
    assert.equal((await check(app)).websocket, 'ok websocket_ok');
    proxy.block();
    const blocked = await again(app);
    assert.equal(blocked.http, 'ok http_ok');
    assert.equal(blocked.websocket, 'failed websocket_blocked');
    assert.match(await sentence(app, 'websocket'), /Ask for WebSockets to this address to be allowed/);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
}));

test('a wrong clock is measured (M196)', inWorld(async (world) => {
  const app = await world.primary(alice, wrongClock('-47m'));
  assert.equal((await check(app)).clock, 'warning clock_behind');
  assert.match(await sentence(app, 'clock'), /47 minutes behind\. Messages work all the same\.\s+Set date and time to automatic/);
}));

test('a blocked camera is named with how to allow it, and storage that may be removed can be kept (M24, M192)', inWorld(async (world) => {
  const app = await world.primary(alice, { args: ['--use-fake-device-for-media-stream'] });
  const devtools = await app.page.context().newCDPSession(app.page);
  const permit = (name, setting) => devtools.send('Browser.setPermission', { origin: world.relay.url, permission: { name }, setting });
  await permit('camera', 'denied');
  const before = await check(app);
  assert.equal(before.camera, 'warning camera_blocked');
  assert.equal(before.lasting, 'warning not_lasting');
  assert.match(await sentence(app, 'camera'), /Click the icon at the left of the address bar, allow the camera/);
  await permit('camera', 'granted');
  await app.click('check-camera');
  await app.page.waitForSelector(`${id('check')}[data-code=camera_allowed]`);
  await permit('persistent-storage', 'granted');
  await app.click('check-keep');
  await app.page.waitForSelector(`${id('check')}[data-code=lasting]`);
}));

test('a full disk is named, and that nothing was lost; a window that keeps nothing, too', inWorld(async (world) => {
  const [app, memory] = [await world.primary(alice), await world.app(withoutFiles)];
  const devtools = await app.page.context().newCDPSession(app.page);
  const { usage } = await app.page.evaluate(() => navigator.storage.estimate());
  await devtools.send('Storage.overrideQuotaForOrigin', { origin: world.relay.url, quotaSize: usage });
  await world.cliPrimary(bob);
  await app.newChat(bob.phone);
  // The browser has set some room aside for files that are open.
  const refused = `${id('problem')}[data-code=local_storage_full]`;
  for (let i = 0; i < 100 && !(await app.page.$(refused)); i++) {
    await app.write(`${i} ${'x'.repeat(30_000)}`);
    await app.page.waitForFunction(([input, problem]) => !document.querySelector(input).value || document.querySelector(problem), [id('composer-input'), refused]);
  }
  assert.ok(await app.page.$(refused));
  // When it has little to do, the core empties the log of its database, which makes room once more; each check takes some.
  let full = await check(app);
  for (let i = 0; i < 20 && full.storage === 'ok storage_opfs'; i++) full = await again(app);
  assert.equal(full.storage, 'failed storage_full');
  await devtools.send('Storage.overrideQuotaForOrigin', { origin: world.relay.url });
  assert.equal((await again(app)).storage, 'ok storage_opfs');

  await memory.click('welcome-check');
  const fresh = await found(memory);
  assert.equal(fresh.storage, 'warning storage_memory');
  assert.equal(fresh.account, 'warning no_account');
  assert.equal(fresh.relay, 'ok relay_new');
}));

test('a device that was logged out tells why, and a linked one can repair itself and lose nothing (M113, M194)', inWorld(async (world) => {
  const [a1, b1] = await Promise.all([world.cliPrimary(alice), world.cliPrimary(bob)]);
  await b1.send(alice.phone, 'zero');
  await a1.send(bob.phone, 'one');
  const a2 = await world.linkedTo(a1.receive(), 'Laptop');
  await a2.openChat('Bob');
  await a2.shows(['zero', 'one']);
  assert.equal((await check(a2)).account, 'ok account_linked');
  await a2.click('check-repair');
  await a2.page.getByText('This device repairs itself now').waitFor();
  await b1.send(alice.phone, 'two');
  await a2.openChat('Bob');
  await a2.shows(['zero', 'one', 'two']);
  await a1.want('devices', 'remove', '--others', '--yes');
  await a2.click('logged-out-check');
  assert.equal((await found(a2)).account, 'failed logged_out_removed');
}));
