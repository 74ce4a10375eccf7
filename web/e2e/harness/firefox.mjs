// Debian's Firefox ESR through WebDriver BiDi, with what the tests use of Chromium's pages.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';
import { firefoxPath } from './paths.mjs';
import { PATIENCE_MS } from './wait.mjs';

/** Nothing that Firefox does by itself reaches the network. */
const quiet = {
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.search.update': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'dom.push.connection.enabled': false,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.enabled': false,
};

export class Firefox {
  #profile = mkdtempSync(join(tmpdir(), 'parley-firefox-'));
  #pages = [];
  /** Errors of all pages; a test that expects none says so. */
  problems = [];

  /** Starts the browser, on what an earlier start has left in the profile. */
  async start() {
    this.#browser = await puppeteer.launch({
      browser: 'firefox', executablePath: firefoxPath, headless: true, userDataDir: this.#profile, extraPrefsFirefox: quiet,
      protocolTimeout: PATIENCE_MS * 2, defaultViewport: { width: 1280, height: 800 },
    });
    this.#pages = [];
    return this;
  }

  #browser;

  /** What App asks of Playwright's context. */
  context = {
    pages: () => this.#pages,
    newPage: async () => {
      const page = await this.#browser.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      page.on('pageerror', (error) => this.problems.push(String(error)));
      const shown = new Page(page);
      this.#pages.push(shown);
      return shown;
    },
  };

  /** Ends the browser; the profile stays for the next start. */
  async stop() {
    await this.#browser?.close();
    this.#browser = undefined;
  }

  async close() {
    await this.stop();
    rmSync(this.#profile, { recursive: true, force: true });
  }
}

/** A page with Playwright's names, each waiting for its element as there. */
class Page {
  constructor(page) {
    this.raw = page;
  }

  url() {
    return this.raw.url();
  }

  goto(url) {
    return this.raw.goto(url, { waitUntil: 'domcontentloaded' });
  }

  reload() {
    return this.raw.reload({ waitUntil: 'domcontentloaded' });
  }

  setViewportSize(size) {
    return this.raw.setViewport(size);
  }

  evaluate(run, argument) {
    return this.raw.evaluate(run, argument);
  }

  $$eval(selector, run) {
    return this.raw.$$eval(selector, run);
  }

  waitForFunction(run, argument) {
    return this.raw.waitForFunction(run, {}, argument);
  }

  async waitForSelector(selector, { state = 'visible' } = {}) {
    return new Locator(this, selector).waitFor({ state });
  }

  locator(selector, { hasText } = {}) {
    return new Locator(this, selector, hasText);
  }

  click(selector, options) {
    return new Locator(this, selector).click(options);
  }

  async fill(selector, text) {
    const field = await new Locator(this, selector).waitFor();
    await field.evaluate((one, value) => {
      // The setter of the element itself, as a person's typing; then what typing tells.
      Object.getOwnPropertyDescriptor(Object.getPrototypeOf(one), 'value').set.call(one, value);
      one.dispatchEvent(new InputEvent('input', { bubbles: true, data: value, inputType: 'insertText' }));
      one.dispatchEvent(new Event('change', { bubbles: true }));
    }, text);
  }

  async innerText(selector) {
    return (await new Locator(this, selector).waitFor()).evaluate((one) => one.innerText);
  }

  async getAttribute(selector, name) {
    return (await new Locator(this, selector).waitFor()).evaluate((one, wanted) => one.getAttribute(wanted), name);
  }

  async setInputFiles(selector, path) {
    await (await this.raw.waitForSelector(selector)).uploadFile(path);
  }

  press(key) {
    return this.raw.keyboard.press(key);
  }

  screenshot(options) {
    return this.raw.screenshot(options);
  }
}

/** The last element that fits a selector and has a text, if one is given; all of it is looked up anew at each use. */
class Locator {
  /** `inside` is what is meant within that element. */
  constructor(page, selector, text = '', inside = undefined) {
    Object.assign(this, { page, selector, text, inside });
  }

  locator(selector) {
    return new Locator(this.page, this.selector, this.text, { selector });
  }

  /** What has just that text. */
  getByText(text) {
    return new Locator(this.page, this.selector, this.text, { selector: '*', text });
  }

  /** Waits until it is there and seen, or gone; gives it. */
  async waitFor({ state = 'visible' } = {}) {
    const found = await this.page.raw.waitForFunction(look, { polling: 50 }, this.selector, this.text, this.inside, state).catch((cause) => {
      throw new Error(`waited for ${this.selector} ${this.text} ${JSON.stringify(this.inside ?? '')} to be ${state}`, { cause });
    });
    return found.asElement();
  }

  async click({ button = 'left' } = {}) {
    const element = await this.waitFor();
    await element.evaluate((one) => one.scrollIntoView({ block: 'nearest' }));
    await element.click({ button });
  }
}

/** Runs in the page. */
function look(selector, text, inside, state) {
  const around = [...document.querySelectorAll(selector)].filter((one) => one.textContent.includes(text));
  const all = inside
    ? around.flatMap((one) => [...one.querySelectorAll(inside.selector)]).filter((one) => !inside.text || one.textContent === inside.text)
    : around;
  if (state === 'detached') return all.length === 0;
  return all.findLast((one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length > 0) ?? false;
}
