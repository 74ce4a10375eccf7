// Measures the app with 100,000 messages, most of them in one chat: node web/test/app.mjs [search] [scroll]
// (needs bin/parley and bin/historydata). Searching as one types, and scrolling with a quarter of the speed.
import { App } from '../e2e/harness/app.mjs';
import { Browser } from '../e2e/harness/browser.mjs';
import { cpuSeconds } from './browser.mjs';
import { withPrimary } from './primary.mjs';

const MESSAGES = Number(process.env.MESSAGES ?? 100_000);
/** What is typed, letter by letter: words that most messages have, one that few have, two words, a number, and nothing that is there. */
const QUERIES = ['people', 'the water', 'who oil called', '+32471000042', 'zebra'];
/** How often a second the wheel is turned, by how many pixels, and how long. */
const TURNS = 60;
const PIXELS = [25, 100];
const SECONDS = 6;
const SLOWER = 4;

const wanted = process.argv.slice(2);
const wants = (name) => wanted.length === 0 || wanted.includes(name);
const ms = (n) => `${n.toFixed(n < 10 ? 1 : 0)} ms`;

/** The value that such a part of the sorted numbers does not exceed. */
function quantile(numbers, part) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
}

/** Links the browser and waits until it has all messages. */
async function linkAll(app, accept) {
  const accepted = accept(await app.showLink('Browser'));
  await app.see('link-continue');
  await app.linked();
  await app.see('chat-item');
  await accepted;
  await app.page.waitForFunction(() => !document.querySelector('[data-testid^=history-],[data-testid=catching-up]'), undefined, { timeout: 600_000 });
}

/** Types one more letter, and gives the time until the next picture after its results are there. */
function typeLetter(page, text) {
  return page.evaluate(async (value) => {
    const input = document.querySelector('[data-testid=search]');
    const began = performance.now();
    input.value = value;
    input.dispatchEvent(new InputEvent('input', { bubbles: true }));
    const answered = () => document.querySelector('[data-testid=search-results]')?.dataset.query === value.trim();
    while (!answered()) await new Promise((resolve) => requestAnimationFrame(resolve));
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    return performance.now() - began;
  }, text);
}

async function search(page) {
  const all = [];
  for (const query of QUERIES) {
    const times = [];
    for (let length = 1; length <= query.length; length++) {
      times.push(await typeLetter(page, query.slice(0, length)));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    all.push(...times);
    console.log(`search “${query}”: ${times.map(ms).join(', ')}`);
    await page.fill('[data-testid=search]', '');
  }
  console.log(`search: ${all.length} letters, median ${ms(quantile(all, 0.5))}, at most ${ms(Math.max(...all))}; goal ≤ 100 ms`);
}

/**
 * Turns the wheel upwards over the messages. Gives the times between drawings of the page, and how often more had been
 * scrolled until the next one than was drawn beyond the edge: then a gap is on the screen, which moves on without the page.
 */
async function wheel(page, pixels, seconds) {
  const session = await page.context().newCDPSession(page);
  const box = await page.locator('[data-testid=message-list]').boundingBox();
  await page.evaluate(() => {
    const viewport = document.querySelector('[data-testid=message-list]');
    const top = viewport.getBoundingClientRect().top;
    const seen = { frames: [], gaps: 0 };
    globalThis.seen = seen;
    let [last, offset, beyond] = [performance.now(), viewport.scrollTop, Infinity];
    const next = (now) => {
      if (globalThis.seen !== seen) return;
      seen.frames.push(now - last);
      if (offset - viewport.scrollTop > beyond) seen.gaps++;
      // The rows are the children of the last child, the first one on top.
      [last, offset, beyond] = [now, viewport.scrollTop, top - viewport.lastElementChild.firstElementChild.getBoundingClientRect().top];
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  });
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  for (let i = 0; i < TURNS * seconds; i++) {
    session.send('Input.dispatchMouseEvent', { type: 'mouseWheel', ...at, deltaX: 0, deltaY: -pixels }).catch(() => {}); // the last may come too late
    await new Promise((resolve) => setTimeout(resolve, 1000 / TURNS));
  }
  const seen = await page.evaluate(() => {
    const { seen } = globalThis;
    globalThis.seen = undefined;
    return seen;
  });
  await session.detach();
  return seen;
}

/** Counts the pictures that come to the screen while `use` runs. */
async function pictures(page, use) {
  const session = await page.context().browser().newBrowserCDPSession();
  let shown = 0;
  session.on('Tracing.dataCollected', ({ value }) => {
    shown += value.filter(({ name, ph }) => name === 'Display::FrameDisplayed' && ph !== 'E').length;
  });
  const traced = new Promise((resolve) => session.on('Tracing.tracingComplete', resolve));
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['viz', 'benchmark'] } });
  const result = await use();
  await session.send('Tracing.end');
  await traced;
  await session.detach();
  return { result, shown };
}

async function scroll(page) {
  await page.locator('[data-testid=chat-item]').first().click();
  await page.waitForSelector('[data-testid=message]');
  const session = await page.context().newCDPSession(page);
  for (const rate of [1, SLOWER]) {
    await session.send('Emulation.setCPUThrottlingRate', { rate });
    await wheel(page, 1, 1); // what is compiled at first
    for (const pixels of PIXELS) {
      const cpu = await cpuSeconds(page.context());
      const { result, shown } = await pictures(page, () => wheel(page, pixels, SECONDS));
      const { frames, gaps } = result;
      const time = frames.reduce((sum, n) => sum + n, 0) / 1000;
      const used = ((await cpuSeconds(page.context())) - cpu) / time;
      console.log(
        `scroll, CPU ÷ ${rate}, ${pixels * TURNS} pixels a second: ${(shown / time).toFixed(1)} pictures a second on the screen, ` +
          `${(frames.length / time).toFixed(1)} drawings of the page a second: median ${ms(quantile(frames, 0.5))}, p95 ${ms(quantile(frames, 0.95))}, ` +
          `longest ${ms(Math.max(...frames))}, ${gaps} with a gap; ${used.toFixed(2)} s CPU of the page a second; goal 60 a second`,
      );
    }
  }
  await session.send('Emulation.setCPUThrottlingRate', { rate: 1 });
}

await withPrimary(
  MESSAGES,
  async ({ relay, accept }) => {
    const chromium = await new Browser().start();
    try {
      const app = await App.open(chromium, relay.url);
      const began = performance.now();
      await linkAll(app, accept);
      console.log(`${MESSAGES} messages are there after ${Math.round((performance.now() - began) / 1000)} s`);
      if (wants('search')) await search(app.page);
      if (wants('scroll')) await scroll(app.page);
    } finally {
      await chromium.close();
    }
  },
  ['-large'],
);
process.exit(0);
