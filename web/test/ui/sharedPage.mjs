// One page for the tests that open a screen and look at it. A new profile and a new process for each of them would take
// most of their time.
import { newPage } from './page.mjs';

export class SharedPage {
  #browser;
  #origin;
  /** The page with its context and session, once there is one. */
  #tab;

  constructor(browser, origin) {
    this.#browser = browser;
    this.#origin = origin;
  }

  /** Runs with the page, which is as new. After a failure the next gets another. */
  async lend(run) {
    try {
      this.#tab ??= await this.#made();
      await run(this.#tab.page);
      await this.#reset();
    } catch (error) {
      await this.#tab?.context.close();
      this.#tab = undefined;
      throw error;
    }
  }

  async #made() {
    const context = await this.#browser.newContext();
    const { page } = await newPage(context);
    return { context, page, session: await context.newCDPSession(page) };
  }

  /** Leaves nothing of a test: no document, data, permission, history, key or pointer. Files stay in the cache of HTTP. */
  async #reset() {
    const { context, page, session } = this.#tab;
    await page.goto('about:blank');
    await session.send('Storage.clearDataForOrigin', { origin: this.#origin, storageTypes: 'all' });
    await context.clearCookies();
    await context.clearPermissions();
    await session.send('Page.resetNavigationHistory');
    await page.mouse.move(-1, -1);
    await page.emulateMedia({ colorScheme: null });
  }
}
