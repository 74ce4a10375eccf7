// Debian's Chromium, started for one test run with a profile of its own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { chromiumArgs as args } from './chromium.mjs';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** A browser, for contexts that share nothing. */
export const launch = () => chromium.launch({ executablePath, args, headless: true });

/** A browser context on an empty profile, and the close function that removes both. */
export async function openBrowser() {
  const profile = mkdtempSync(join(tmpdir(), 'parley-browser-'));
  const context = await chromium.launchPersistentContext(profile, { executablePath, args, headless: true });
  context.setDefaultTimeout(120_000); // a busy machine needs a small part of it
  const close = async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  };
  return { context, close };
}

/** The CPU time of all pages and their workers, in seconds. */
export async function cpuSeconds(context) {
  const session = await context.browser().newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.filter((p) => p.type === 'renderer').reduce((sum, p) => sum + p.cpuTime, 0);
}
