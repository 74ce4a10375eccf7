/**
 * A wake-up from the relay through a push service (M92). It says nothing but that there is something: a page that is open
 * fetches and shows it. Without one there is a notification without content: a service worker cannot open the database
 * (OPFS gives synchronous access to dedicated workers alone).
 */
import type { PushText, ToPage } from './notifications';

declare const self: ServiceWorkerGlobalScope;

const cacheName = 'parley-push';
const textUrl = '/push-text';
/** How long pages have, milliseconds. */
const patience = 4000;
const plain: PushText = { kind: 'pushText', text: { title: 'Parley', body: 'New messages', lang: 'en' }, silent: false, quiet: undefined };

let awake: () => void = () => undefined;

/** A page has fetched everything and told of it. */
export const heard = (): void => awake();

export async function keepText(text: PushText): Promise<void> {
  await (await caches.open(cacheName)).put(textUrl, new Response(JSON.stringify(text)));
}

export async function pushed(): Promise<void> {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const answered = new Promise<boolean>((resolve) => {
    awake = () => resolve(true);
    setTimeout(resolve, patience, false);
  });
  for (const page of pages) page.postMessage({ kind: 'wake' } satisfies ToPage);
  if (pages.some(({ focused }) => focused)) return;
  if (pages.length > 0 && (await answered)) return;
  const { text, silent, quiet } = await kept();
  const options = { body: text.body, lang: text.lang, tag: 'push', silent: silent || isQuiet(quiet, new Date()), data: { hash: '', open: '' }, icon: '/icons/icon-192.png' };
  await self.registration.showNotification(text.title, options);
}

/** As in messenger/notificationRules.ts: nothing is shared with pages, so that the service worker is one file. */
function isQuiet(quiet: PushText['quiet'], at: Date): boolean {
  if (!quiet) return false;
  const { from, until } = quiet;
  const now = 60 * at.getHours() + at.getMinutes();
  return from < until ? now >= from && now < until : now >= from || now < until;
}

async function kept(): Promise<PushText> {
  const response = await caches.match(textUrl, { cacheName });
  return response ? ((await response.json()) as PushText) : plain;
}
