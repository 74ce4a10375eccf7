// Where the tests find what they run.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The built product: the relay with the web app inside, and the command line. */
export const binary = process.env.PARLEY ?? fileURLToPath(new URL('../../../bin/parley', import.meta.url));

/** Debian's Chromium. */
export const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Debian's Firefox ESR. */
export const firefoxPath = process.env.FIREFOX ?? '/usr/bin/firefox-esr';

/** What keeps the tests from running, in one sentence; undefined when nothing does. */
export function missing() {
  if (!existsSync(binary)) return `There is no ${binary}: build the web app and then the binary with "make build" first.`;
  if (!existsSync(chromiumPath)) return `There is no ${chromiumPath}: install Debian's package chromium, or name another one in CHROMIUM.`;
  if (!existsSync(firefoxPath)) return `There is no ${firefoxPath}: install Debian's package firefox-esr, or name another one in FIREFOX.`;
  return undefined;
}
