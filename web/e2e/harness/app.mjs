// The app in one tab, used as a person does.
import assert from 'node:assert/strict';

/** A selector by data-testid. */
export const id = (name) => `[data-testid=${name}]`;

export class App {
  constructor(page) {
    this.page = page;
  }

  /** Opens the app in a tab and waits until it shows something to use. */
  static async open(browser, url, { reuse = true } = {}) {
    const [blank] = browser.context.pages();
    const page = reuse && blank?.url() === 'about:blank' ? blank : await browser.context.newPage();
    const app = new App(page);
    await page.goto(url);
    await app.ready();
    return app;
  }

  /** Waits for the first screen after the start; gives the milliseconds since navigation. */
  async ready() {
    await this.page.waitForSelector([id('messenger'), id('welcome-link'), id('logged-out')].join());
    return this.page.evaluate(() => Math.round(performance.now()));
  }

  see(name) {
    return this.page.waitForSelector(id(name));
  }

  click(name) {
    return this.page.click(id(name));
  }

  fill(name, text) {
    return this.page.fill(id(name), text);
  }

  text(name) {
    return this.page.innerText(id(name));
  }

  /** The problem that is shown, by its code; gives its sentence. */
  async problem(code) {
    return (await this.page.waitForSelector(`${id('problem')}[data-code=${code}]`)).innerText();
  }

  /** Registers with the code that the operator reads. */
  async register(relay, phone, name) {
    await this.click('welcome-register');
    await this.fill('register-phone', phone);
    const from = relay.seen;
    await this.click('register-send-code');
    await this.fill('register-code', await relay.code(phone, from));
    await this.fill('register-name', name);
    await this.click('register-finish');
    await this.settled();
  }

  /** Shows the linking code; gives the link it stands for. */
  async showLink(name) {
    await this.click('welcome-link');
    await this.fill('link-device-name', name);
    await this.click('link-show');
    return this.linkUri();
  }

  /** Shows the code of a device that is to become the primary; gives the link it stands for. */
  async showMove(name) {
    await this.click('welcome-move');
    await this.fill('link-device-name', name);
    await this.click('link-show');
    return this.linkUri();
  }

  /** Shows a linking code to be typed, and gives it. */
  async showCode(name) {
    await this.showLink(name);
    await this.click('link-use-code');
    return this.text('link-code');
  }

  /** The four words that are on the screen. */
  async words() {
    await this.see('link-words');
    return this.page.locator(`${id('link-words')} li`).allInnerTexts();
  }

  linkUri() {
    return this.page.getAttribute(id('link-qr'), 'data-uri');
  }

  /** Waits until this new device belongs to the account, and goes on. */
  async linked() {
    await this.click('link-continue');
    await this.settled();
  }

  /** Goes to Settings, Linked devices. */
  async devices() {
    await this.home();
    await this.click('settings');
    await this.click('settings-devices');
    await this.see('devices');
  }

  /** On the primary: sets the PIN of two-step verification. */
  async setPin(pin) {
    await this.home();
    await this.click('settings');
    await this.click('settings-two-step');
    await this.click('pin-set');
    await this.fill('pin-new', pin);
    await this.fill('pin-again', pin);
    await this.click('pin-save');
    await this.page.waitForSelector(`${id('two-step')}[data-on=true]`);
  }

  /** On the primary: goes where devices are linked. */
  async linkDevice() {
    await this.devices();
    await this.click('link-device');
  }

  /** On the primary: asks about the device with that link, without the camera. */
  async pasteLink(uri) {
    await this.linkDevice();
    await this.useLink(uri);
  }

  async useLink(uri) {
    await this.fill('paste-link', uri);
    await this.click('paste-use');
  }

  async acceptLink() {
    await this.click('link-accept');
    await this.click('scan-done');
  }

  /** Goes where the chats are. */
  async home() {
    // A menu or dialog that was just closed goes back in the history by itself, which must not undo this.
    await this.page.evaluate(async () => {
      for (let look = 0; look < 100 && history.state?.layer; look++) await new Promise((resolve) => setTimeout(resolve, 20));
      location.hash = '';
    });
    await this.see('chat-list');
  }

  /** Waits until the relay is reached: no banner. */
  async online() {
    await this.see('messenger');
    await this.page.waitForSelector(id('connection-banner'), { state: 'detached' });
  }

  /** Waits until a new device is online and others can write to it: its keys are with the relay, and it is in its chats. */
  async settled() {
    await this.online();
    await this.page.waitForSelector(id('catching-up'), { state: 'detached' });
  }

  async offline() {
    await this.see('connection-banner');
  }

  /** Opens the chat with somebody who is new here. */
  async newChat(phone) {
    await this.home();
    await this.click('new-chat');
    await this.fill('new-chat-phone', phone);
    await this.click('new-chat-open');
    await this.see('conversation');
  }

  /** Opens a chat that is in the list. */
  async openChat(title) {
    await this.home();
    await this.page.locator(id('chat-item'), { hasText: title }).click();
    await this.see('conversation');
  }

  /** Sends a text and waits until the relay has it. */
  async send(text) {
    await this.write(text);
    await this.page.locator(`${id('message')}[data-mine=true]:not([data-status=pending])`, { hasText: text }).waitFor();
  }

  /** Puts a text into the outbox: until it is stored, or refused, the field keeps it. */
  async write(text) {
    await this.fill('composer-input', text);
    await this.click('send-button');
    await this.page.waitForFunction(
      ([field, problem, written]) => document.querySelector(field)?.value !== written || document.querySelector(problem),
      [id('composer-input'), id('problem'), text],
    );
  }

  /** Waits for a text in the open chat. */
  async sees(text) {
    await this.page.locator(id('message-list')).getByText(text, { exact: true }).waitFor();
  }

  /** The texts that the open chat shows, as far as they are near the screen. */
  texts() {
    return this.page.$$eval(`${id('message')}[data-kind=text] ${id('message-text')}`, (all) => all.map((one) => one.textContent));
  }

  /** Waits until the open chat, which must fit on the screen, shows all texts; then there must be no others, in order. */
  async shows(texts) {
    await this.page.waitForFunction(
      ([selector, wanted]) => {
        const shown = [...document.querySelectorAll(selector)];
        return wanted.every((text) => shown.some((one) => one.textContent === text));
      },
      [`${id('message')}[data-kind=text]:not([data-status=pending]) ${id('message-text')}`, texts],
    ).catch(() => undefined); // what is missing is told by the comparison
    assert.deepEqual(await this.texts(), texts);
  }

  /** All texts of the open chat, from its start to its end, read by scrolling. */
  async history() {
    await this.page.waitForFunction((selector) => {
      const { scrollHeight, scrollTop, clientHeight } = document.querySelector(selector);
      return scrollHeight - scrollTop - clientHeight < 2;
    }, id('message-list'));
    return this.page.evaluate(readHistory, { list: id('message-list'), message: id('message'), text: id('message-text') });
  }
}

/** Runs in the page: scrolls up from the end and puts together what each screen shows. */
async function readHistory({ list, message, text }) {
  const picture = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  const viewport = document.querySelector(list);
  const known = new Set();
  let all = [];
  for (;;) {
    await picture();
    const shown = [...viewport.querySelectorAll(message)];
    const fresh = shown.filter((one) => !known.has(one.dataset.messageId));
    const seen = shown.findIndex((one) => known.has(one.dataset.messageId));
    const late = seen < 0 ? [] : fresh.filter((one) => shown.indexOf(one) > seen);
    if (late.length > 0) throw new Error('A message came to stand between others while the chat was read.');
    for (const one of fresh) known.add(one.dataset.messageId);
    all = [...fresh.map((one) => one.querySelector(text)?.textContent ?? one.dataset.kind), ...all];
    if (viewport.querySelector('.start') && viewport.scrollTop < 1) return all;
    viewport.scrollTop -= viewport.clientHeight / 2;
  }
}
