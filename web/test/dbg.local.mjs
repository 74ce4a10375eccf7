import { launch } from './browser.mjs';
import { serve } from './serve.mjs';
import { open, id, bob } from './ui/page.mjs';
const server = await serve(process.env.DIST, undefined, {}, 300);
const browser = await launch();
for (let i = 0; i < 3; i++) {
  const context = await browser.newContext();
  const { page, problems } = await open({ context, origin: server.origin }, 'lock', bob);
  await page.clock.install();
  await page.reload();
  await page.waitForSelector(id('message'));
  const look = () => page.evaluate(() => ({ now: Date.now(), s: fakeCore.lock.status.state, calls: fakeCore.calls.map((c) => c.method).slice(-8), msg: document.querySelectorAll('[data-testid=message]').length, text: document.body.innerText.slice(0, 60) }));
  const step = async (what, run) => { const t = performance.now(); await run(); console.log(what, Math.round(performance.now() - t), JSON.stringify(await look())); };
  await step('start', () => 0);
  await step('run14', () => page.clock.runFor(14 * 60_000));
  await step('key', () => page.keyboard.press('PageUp'));
  await step('run14', () => page.clock.runFor(14 * 60_000));
  await step('ff', () => page.clock.fastForward(2 * 60_000));
  for (let j = 0; j < 4; j++) await step('wait', () => page.waitForTimeout(1500));
  console.log(problems);
  await context.close();
}
await browser.close(); await server.close();
