// What a person must know about the devices is told by the system when nobody looks at the app (M14, M19, M20).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { id } from './harness/app.mjs';
import { within } from './harness/wait.mjs';
import { alice, bob, inWorld } from './harness/world.mjs';

/** Chromium’s answer to the app’s question for a permission. */
async function permit(app, relay, setting) {
  const devtools = await app.page.context().newCDPSession(app.page);
  await devtools.send('Browser.setPermission', { origin: relay.url, permission: { name: 'notifications' }, setting });
}

/** What the system shows, for this app. */
const shown = (app) =>
  app.page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    return (await registration.getNotifications()).map(({ tag, title, body, actions }) => ({ tag, title, body, actions: actions.map((one) => one.title) }));
  });

/** Waits until the system shows as many; gives them. Asked at once, Chromium loses the one that it is about to show. */
async function showing(app, count) {
  const all = async () => {
    await app.page.waitForTimeout(500);
    const now = await shown(app);
    return now.length === count ? now : all();
  };
  return within(all(), () => `The system does not show ${count} notifications`);
}

/** The person turns to another tab. Playwright makes every page think that it is looked at, unless told otherwise. */
async function turnAway(app) {
  const devtools = await app.page.context().newCDPSession(app.page);
  await devtools.send('Emulation.setFocusEmulationEnabled', { enabled: false });
  const other = await app.page.context().newPage();
  await other.bringToFront();
  await app.page.waitForFunction(() => !document.hasFocus() || document.visibilityState === 'hidden');
  return other;
}

/** Clicks on the only notification, or on its button, as the system would. */
async function answer(app, button) {
  const [worker] = app.page.context().serviceWorkers();
  await worker.evaluate(async (action) => {
    const [notification] = await self.registration.getNotifications();
    self.dispatchEvent(new NotificationEvent('notificationclick', { notification, action }));
  }, button ? 'go' : '');
}

test('blocked notifications are named with how to allow them; a device that is added is told when nobody looks, and “That wasn’t me” logs it out (M19, M20)', inWorld(async (world) => {
  const a1 = await world.primary(alice);
  await permit(a1, world.relay, 'denied');
  await a1.click('settings');
  await a1.page.waitForSelector(`${id('notifications')}[data-state=blocked]`);
  assert.match(await a1.text('notifications'), /Click the icon at the left of the address bar and allow notifications/);
  await a1.click('settings-check');
  const line = `${id('check')}[data-check=notifications]`;
  await a1.page.waitForSelector(`${line}[data-code=notifications_blocked]`);
  assert.match(await a1.page.innerText(line), /Click the icon at the left of the address bar/);
  await permit(a1, world.relay, 'prompt');
  await a1.click('check-again');
  await a1.page.waitForSelector(`${line}[data-code=notifications_not_asked]`);
  await permit(a1, world.relay, 'granted');
  await a1.click('check-notifications'); // the browser does not ask again for what is allowed
  await a1.page.waitForSelector(`${line}[data-code=notifications_allowed]`);

  await a1.page.evaluate(() => navigator.serviceWorker.ready);
  await a1.home();
  await a1.click('settings');
  await permit(a1, world.relay, 'prompt');
  await a1.page.reload();
  await a1.page.waitForSelector(`${id('notifications')}[data-state=notAsked]`);
  await a1.page.evaluate(() => {
    Notification.requestPermission = () => Promise.resolve((document.title = 'asked'));
  });
  await a1.click('notifications-allow');
  assert.equal(await a1.page.title(), 'asked');
  await permit(a1, world.relay, 'granted');
  await a1.page.waitForSelector(`${id('notifications')}[data-state=allowed]`);
  await a1.click('notifications-test');
  assert.deepEqual(await showing(a1, 1), [{ tag: 'test', title: 'Notifications work', body: 'This is a test. There is nothing to do.', actions: [] }]);
  await answer(a1, false);
  await showing(a1, 0);

  const linking = world.cli().link('Stranger');
  await a1.pasteLink(await linking.offer());
  await a1.see('link-accept');
  await turnAway(a1);
  await a1.page.$eval(id('link-accept'), (button) => button.click()); // a real click would bring the tab to the front
  await linking.linked();
  const [told] = await showing(a1, 1);
  assert.equal(told.title, 'New device on your account');
  assert.match(told.body, /^Stranger \(Command line\) was added to your account/);
  assert.deepEqual(told.actions, ['That wasn’t me']);
  assert.equal((await a1.page.locator(id('account-notice')).count()), 1);
  await answer(a1, true);
  await a1.click('not-me-logout');
  await a1.page.waitForSelector(id('account-notice'), { state: 'detached' });
  await showing(a1, 0);
  await a1.devices();
  assert.equal(await a1.page.locator(id('device')).count(), 1);
  assert.deepEqual(world.problems, []);
}));

test('on a linked device it says how; what was seen in the app is not told again, and what is answered goes away (M19)', inWorld(async (world) => {
  const a1 = await world.cliPrimary(alice);
  const a2 = await world.linkedTo(a1.receive(), 'Laptop');
  await a2.page.evaluate(() => navigator.serviceWorker.ready);
  await permit(a2, world.relay, 'granted');
  const first = world.cli().link('Seen');
  await a1.accept(await first.offer());
  await first.linked();
  await a2.page.locator(id('account-notice'), { hasText: 'Seen' }).waitFor();

  await turnAway(a2);
  const second = world.cli().link('Stranger');
  await a1.accept(await second.offer());
  await second.linked();
  const [told] = await showing(a2, 1);
  assert.match(told.body, /^Stranger /);
  await a2.page.reload();
  await a2.page.locator(id('account-notice'), { hasText: 'Stranger' }).waitFor();
  assert.equal((await shown(a2)).length, 1);
  await answer(a2, true);
  await a2.page.locator(id('not-me-dialog'), { hasText: 'log out Stranger' }).waitFor();
  await a2.page.keyboard.press('Escape');
  await a2.click('notice-answer');
  await a2.page.locator(id('account-notice'), { hasText: 'Seen' }).waitFor();
  await showing(a2, 0);
  assert.deepEqual(world.problems, []);
}));

/** The browser's push service wakes the service worker, as after a wake-up from the relay. */
async function deliverPush(app, relay) {
  const devtools = await app.page.context().newCDPSession(app.page);
  const registration = new Promise((resolve) => {
    devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => registrations[0] && resolve(registrations[0]));
  });
  await devtools.send('ServiceWorker.enable');
  const { registrationId } = await registration;
  return () => devtools.send('ServiceWorker.deliverPushMessage', { origin: relay.url, registrationId, data: '' });
}

/** What a question gives once that is something. */
function until(app, ask, failure) {
  const again = async () => (await ask()) || (await app.page.waitForTimeout(100), again());
  return within(again(), () => failure);
}

const waitForChoice = (app, testid, value) =>
  app.page.waitForFunction(([selector, wanted]) => document.querySelector(selector)?.value === wanted, [`${id(testid)} input:checked`, value]);
const choose = async (app, testid, value) => {
  await app.page.locator(`${id(testid)} label`, { has: app.page.locator(`input[value=${value}]`) }).click();
  await waitForChoice(app, testid, value);
};

test('messages are told by the system as the person chose on any device, also when a push service wakes the browser (M92, M104–M106)', inWorld(async (world) => {
  const a1 = await world.primary(alice);
  const b1 = await world.cliPrimary(bob);
  await a1.page.evaluate(() => navigator.serviceWorker.ready);
  await permit(a1, world.relay, 'granted');
  await a1.page.reload();
  await a1.click('settings');
  await waitForChoice(a1, 'alerts-on', 'on');

  const other = await turnAway(a1);
  await b1.send(alice.phone, 'Lunch?');
  const [told] = await showing(a1, 1);
  assert.deepEqual([told.title, told.body], ['Bob', 'Lunch?']);
  await answer(a1, false);
  await a1.page.waitForFunction(() => location.hash.startsWith('#/chat/'));
  await showing(a1, 0);

  await other.close();
  await a1.page.bringToFront();
  await a1.page.goBack();
  await choose(a1, 'alerts-previews', 'off');
  await turnAway(a1);
  await b1.send(alice.phone, 'or dinner?');
  assert.deepEqual((await showing(a1, 1)).map(({ title, body }) => [title, body]), [['Bob', 'New message']]);

  // A page that is there fetches what there is; without one, all that is known is that there is something.
  const push = await deliverPush(a1, world.relay);
  await push();
  await a1.page.waitForTimeout(1000);
  assert.deepEqual((await shown(a1)).map(({ tag }) => tag.split('-')[0]), ['chat']);
  // This Chromium has no push service, which it finds out in ten seconds: the pane says that it did not work, and how to go on.
  await until(a1, () => a1.page.locator(`${id('push')}[data-state=failed]`).count(), 'Push does not say that it failed');
  assert.deepEqual(world.problems, []);
}));

test('a push without any window shows that there is something, in the person’s language (M92)', inWorld(async (world) => {
  const app = await world.primary(alice, { locale: 'fr-BE' });
  await app.page.evaluate(() => navigator.serviceWorker.ready);
  await permit(app, world.relay, 'granted');
  await app.page.reload();
  await app.home();
  const [worker] = app.page.context().serviceWorkers();
  await until(app, () => worker.evaluate(() => caches.has('parley-push')), 'The text was not kept');
  const push = await deliverPush(app, world.relay);
  await worker.evaluate(() => {
    self.clients.matchAll = () => Promise.resolve([]); // as if all windows were closed: closing the last one ends this browser
  });
  await push();
  const [told] = await until(app, async () => {
    const all = await worker.evaluate(async () => (await self.registration.getNotifications()).map(({ title, body, tag }) => ({ title, body, tag })));
    return all.length > 0 && all;
  }, 'Nothing was shown');
  assert.deepEqual(told, { title: 'Parley', body: 'Nouveaux messages', tag: 'push' });
}));

test('what another app shares waits for a chat, and the server does not see it (M95)', inWorld(async (world) => {
  const app = await world.primary(alice);
  const b1 = await world.cliPrimary(bob);
  await b1.send(alice.phone, 'hello');
  await app.page.locator(id('chat-item')).waitFor();
  await app.page.evaluate(async () => navigator.serviceWorker.ready);
  const asked = [];
  app.page.context().on('request', (request) => request.serviceWorker() && asked.push(request.url()));
  const manifest = await app.page.evaluate(async () => (await fetch('/manifest.webmanifest')).json());
  const address = new URL(manifest.share_target.action, world.relay.url);
  address.searchParams.set(manifest.share_target.params.text, 'a secret');
  address.searchParams.set(manifest.share_target.params.url, 'https://example.org/a');
  await app.page.goto(address.href);
  assert.match(await app.text('shared'), /Choose a chat for: a secret/);
  assert.equal(await app.page.evaluate(() => location.search), '');
  await app.click('chat-item');
  assert.equal(await app.page.inputValue(id('composer-input')), 'a secret\nhttps://example.org/a');
  assert.equal(await app.page.locator(id('shared')).count(), 0);
  assert.deepEqual(asked.filter((url) => url.includes('secret')), []);
  assert.deepEqual(world.problems, []);
}));
