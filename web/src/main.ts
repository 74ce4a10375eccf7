import { mount } from 'svelte';
import App from './App.svelte';
import type { Events, Methods } from './core/api.gen';
import { connectCore } from './core/connect';
import { language } from './i18n';
import { guessDeviceName } from './messenger/deviceName';
import { problemOf } from './messenger/core';
import './styles/tokens.css';
import './styles/base.css';
import { applyDisplay, chosenDisplay } from './ui/display';
import { Theme } from './ui/theme.svelte';
import StartView from './views/StartView.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app element');

const theme = new Theme(document.documentElement, matchMedia('(prefers-color-scheme: dark)'), localStorage);
applyDisplay(document.documentElement, chosenDisplay(localStorage));
await language.start(document.documentElement, localStorage);
try {
  const core = connectCore<Methods, Events>({ deviceName: guessDeviceName(navigator.userAgent) });
  mount(App, { target, props: { core, theme } });
} catch (thrown) {
  mount(StartView, { target, props: { problem: problemOf(thrown) } });
}

if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  // Without it the app works all the same, with a network. A window that stays open for days looks for a newer one (M103).
  navigator.serviceWorker.register('/sw.js').then(
    (registration) => setInterval(() => registration.update().catch(() => undefined), 6 * 3_600_000),
    (cause: unknown) => console.warn('No service worker:', cause),
  );
}
