// Renders the PNG icons from public/icons/icon.svg with Chromium ($CHROMIUM, /usr/bin/chromium otherwise). They are
// committed; run this after a change of the logo.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const folder = fileURLToPath(new URL('../public/icons/', import.meta.url));
const logo = readFileSync(`${folder}icon.svg`, 'utf8');
// Maskable and Apple icons are cut to a shape by the system: the ground fills the square, the logo stays in the middle.
const full = logo.replace(' rx="16"', '').replace('viewBox="0 0 64 64"', 'viewBox="-8 -8 80 80"').replace(
  '<rect width="64" height="64"', '<rect x="-8" y="-8" width="80" height="80"');

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
async function render(name, size, svg) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`);
  await page.screenshot({ path: `${folder}${name}`, omitBackground: true });
  await page.close();
}
await render('icon-192.png', 192, logo);
await render('icon-512.png', 512, logo);
await render('icon-maskable-512.png', 512, full);
await render('apple-touch-icon.png', 180, full);
await browser.close();
