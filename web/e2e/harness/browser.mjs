// Debian's Chromium with a profile of its own, which outlives the browser's process.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { chromiumArgs } from '../../test/chromium.mjs';
import { chromiumPath } from './paths.mjs';
import { PATIENCE_MS } from './wait.mjs';

/** A browser that offers no private files, as Firefox's private windows. */
export const withoutFiles = { args: ['--disable-blink-features=FileSystemAccessOriginPrivate'] };

/** A computer whose clock is wrong by an amount that faketime understands. Waiting goes by another clock, which is right. */
export function wrongClock(by) {
  const library = readdirSync('/usr/lib').map((arch) => `/usr/lib/${arch}/faketime/libfaketimeMT.so.1`).find(existsSync);
  if (!library) throw new Error('There is no libfaketime: install Debian’s package faketime.');
  const steady = { FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_FORCE_MONOTONIC_FIX: '0' };
  return { env: { LD_PRELOAD: library, FAKETIME: by, ...steady } };
}

/** What is in a file; nothing if the browser has just removed it. */
function contentOf(file) {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}

export class Browser {
  #profile = mkdtempSync(join(tmpdir(), 'parley-profile-'));
  #options;
  /** Errors of all pages; a test that expects none says so. */
  problems = [];

  /** `args` are more flags for Chromium, `env` more of its environment. */
  constructor({ args = [], env = {}, ...options } = {}) {
    this.#options = { args: [...chromiumArgs, ...args], env: { ...process.env, ...env }, viewport: { width: 1280, height: 800 }, ...options };
  }

  /** Starts the browser, on what an earlier start has left in the profile. */
  async start() {
    this.context = await chromium.launchPersistentContext(this.#profile, {
      executablePath: chromiumPath, headless: true, chromiumSandbox: false, ...this.#options,
    });
    this.context.setDefaultTimeout(PATIENCE_MS);
    this.context.on('page', (page) => this.#watch(page));
    for (const page of this.context.pages()) this.#watch(page);
    return this;
  }

  #watch(page) {
    page.on('pageerror', (error) => this.problems.push(String(error)));
  }

  /** Whether a text stands anywhere in the profile, as it is read by whoever gets the disk. */
  holds(text) {
    return readdirSync(this.#profile, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .some((entry) => contentOf(join(entry.parentPath, entry.name)).includes(text));
  }

  /** Ends the browser; the profile stays for the next start. */
  async stop() {
    await this.context?.close();
    this.context = undefined;
  }

  async close() {
    await this.stop();
    rmSync(this.#profile, { recursive: true, force: true });
  }
}
