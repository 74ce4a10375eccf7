// Measures the app with 100,000 messages, most of them in one chat: node web/test/app.mjs [search] [scroll]
// (needs bin/parley and bin/historydata). Searching as one types, and scrolling with a quarter of the speed.
import { App } from '../e2e/harness/app.mjs';
import { Browser } from '../e2e/harness/browser.mjs';
import { cpuSeconds } from './browser.mjs';
import { withPrimary } from './primary.mjs';

const MESSAGES = Number(process.env.MESSAGES ?? 100_000);
/** What is typed, letter by letter: words that most messages have, one that few have, two words, a number, and nothing that is there. */
const QUERIES = ['people', 'the water', 'who oil called', '+32471000042', 'zebra'];
/** How fast is scrolled, pixels a second, and how long. */
const SPEEDS = [1500, 6000];
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
 * Scrolls upwards over the messages, with one long turn of the wheel as a person does: of many short ones each would ask
 * the page anew where it goes. Gives the times between drawings of the page, and the milliseconds in which more had been
 * scrolled than was drawn beyond the edge: then a gap is on the screen, which moves on without the page.
 */
async function wheel(page, speed, seconds) {
  const session = await page.context().newCDPSession(page);
  const box = await page.locator('[data-testid=message-list]').boundingBox();
  await page.evaluate(() => {
    const viewport = document.querySelector('[data-testid=message-list]');
    const top = viewport.getBoundingClientRect().top;
    const seen = { frames: [], gap: 0 };
    globalThis.seen = seen;
    let [last, offset, beyond] = [performance.now(), viewport.scrollTop, Infinity];
    const next = (now) => {
      if (globalThis.seen !== seen) return;
      seen.frames.push(now - last);
      const moved = offset - viewport.scrollTop;
      if (moved > beyond) seen.gap += (now - last) * (1 - Math.max(0, beyond) / moved);
      [last, offset, beyond] = [now, viewport.scrollTop, top - viewport.querySelector('[data-testid=message]').getBoundingClientRect().top];
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  });
  const at = { x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2) };
  await session.send('Input.synthesizeScrollGesture', { ...at, yDistance: speed * seconds, speed, gestureSourceType: 'mouse', preventFling: true });
  const seen = await page.evaluate(() => {
    const { seen } = globalThis;
    globalThis.seen = undefined;
    return seen;
  });
  await session.detach();
  return seen;
}

/** What Chromium reports of each picture that was due while `use` runs and something scrolled: shown, or too late. */
async function pictures(page, use) {
  const session = await page.context().browser().newBrowserCDPSession();
  const shown = new Map();
  session.on('Tracing.dataCollected', ({ value }) => {
    for (const { name, args } of value) {
      const report = name === 'PipelineReporter' && (args.frame_reporter ?? args.chrome_frame_reporter);
      if (!report || report.scroll_state === 'SCROLL_NONE' || report.state === 'STATE_NO_UPDATE_DESIRED') continue;
      const is = shown.get(report.frame_sequence) ?? { shown: false, page: false };
      is.shown ||= report.state.startsWith('STATE_PRESENTED');
      is.page ||= report.scroll_state === 'SCROLL_MAIN_THREAD';
      shown.set(report.frame_sequence, is);
    }
  });
  const traced = new Promise((resolve) => session.on('Tracing.tracingComplete', resolve));
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['benchmark'] } });
  const result = await use();
  await session.send('Tracing.end');
  await traced;
  await session.detach();
  const all = [...shown.values()];
  return { result, due: all.length, shown: all.filter((is) => is.shown).length, page: all.some((is) => is.page) };
}

async function scroll(page) {
  await page.locator('[data-testid=chat-item]').first().click();
  await page.waitForSelector('[data-testid=message]');
  const session = await page.context().newCDPSession(page);
  for (const rate of [1, SLOWER]) {
    await session.send('Emulation.setCPUThrottlingRate', { rate });
    await wheel(page, 60, 1); // what is compiled at first
    for (const speed of SPEEDS) {
      const cpu = await cpuSeconds(page.context());
      const { result, due, shown, page: byPage } = await pictures(page, () => wheel(page, speed, SECONDS));
      const { frames, gap } = result;
      const time = frames.reduce((sum, n) => sum + n, 0) / 1000;
      const used = ((await cpuSeconds(page.context())) - cpu) / time;
      console.log(
        `scroll, CPU ÷ ${rate}, ${speed} pixels a second: ${shown} of ${due} pictures that were due came to the screen (${((100 * shown) / due).toFixed(0)} %; goal 100), ` +
          `scrolled by ${byPage ? 'the page' : 'the browser'}, a gap at the edge ${((gap / time) * 0.1).toFixed(1)} % of the time; ` +
          `the page drew ${(frames.length / time).toFixed(1)} times a second: median ${ms(quantile(frames, 0.5))}, p95 ${ms(quantile(frames, 0.95))}, ` +
          `longest ${ms(Math.max(...frames))}; ${used.toFixed(2)} s CPU of the page a second`,
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
