/**
 * Keeps the app in the browser, so that it opens without a network (M95), and shows what a page in the background has
 * to tell (M19). The page itself is asked of the network
 * first, so that a reload brings the newest version; everything else has a hash in its name and comes from the cache.
 * What the relay answers under /v1 is never touched.
 */
import type { FromPage, GoTo, ShowNotification } from './notifications';
import { heard, keepText, pushed } from './push';

declare const self: ServiceWorkerGlobalScope;

/** The files of this version; filled in by vite.serviceWorker.ts. */
declare const __SHELL__: { version: string; files: string[] };

const prefix = 'parley-app-';
const shell = __SHELL__;
const cacheName = prefix + shell.version;
const known = new Set(shell.files);
const patience = 3000;

self.addEventListener('install', (event) => {
  event.waitUntil(install());
});

self.addEventListener('activate', (event) => {
  event.waitUntil(removeOldVersions().then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate') {
    if (url.pathname === '/') event.respondWith(page(request));
  } else if (url.pathname.startsWith('/assets/') || known.has(url.pathname)) {
    event.respondWith(asset(request));
  }
});

self.addEventListener('message', (event) => {
  const message = event.data as FromPage;
  if (message.kind === 'notify') event.waitUntil(show(message));
  if (message.kind === 'pushText') event.waitUntil(keepText(message));
  if (message.kind === 'awake') heard();
});

self.addEventListener('push', (event) => {
  event.waitUntil(pushed());
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const { hash, open } = event.notification.data as { hash: string; open: string };
  event.waitUntil(openApp(event.action ? hash : open));
});

const windows = () => self.clients.matchAll({ type: 'window', includeUncontrolled: true });

async function show({ title, body, tag, lang, always, silent = false, open = '', action }: ShowNotification): Promise<void> {
  if (!always && (await windows()).some(({ focused }) => focused)) return;
  const actions = action ? [{ action: 'go', title: action.title }] : [];
  const options = { body, tag, lang, actions, silent, data: { hash: action?.hash ?? '', open }, icon: '/icons/icon-192.png' };
  await self.registration.showNotification(title, options);
}

/** Brings the app to the front, or opens it; at that place, if there is one. */
async function openApp(hash: string): Promise<void> {
  const [first, ...others] = await windows();
  if (!first) return void (await self.clients.openWindow(`/${hash}`));
  const shown = others.find(({ visibilityState }) => visibilityState === 'visible') ?? first;
  shown.postMessage({ kind: 'goTo', hash } satisfies GoTo);
  await shown.focus().catch(() => undefined);
}

async function install(): Promise<void> {
  const cache = await caches.open(cacheName);
  await cache.addAll(shell.files);
  await self.skipWaiting();
}

/** Keeps the version before, for windows that still run it. */
async function removeOldVersions(): Promise<void> {
  const versions = (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== cacheName);
  await Promise.all(versions.slice(0, -1).map((name) => caches.delete(name)));
}

async function page(request: Request): Promise<Response> {
  const kept = await caches.match('/', { ignoreVary: true });
  // What another app shares is in the address, and nobody else's business.
  const wanted = new URL(request.url).search ? '/' : request;
  if (!kept) return fetch(wanted);
  const late = new Promise<Response>((resolve) => setTimeout(resolve, patience, kept));
  const fresh = fetch(wanted).then(
    (response) => (response.ok ? response : kept),
    () => kept,
  );
  return Promise.race([fresh, late]);
}

/** From the cache; what is fetched on demand (the QR reader, the emoji) is kept from then on. */
async function asset(request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  const kept = (await cache.match(request, { ignoreVary: true })) ?? (await caches.match(request, { ignoreVary: true }));
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) await cache.put(request, response.clone());
  return response;
}
