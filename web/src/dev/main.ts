/**
 * The app on the fake core, to work on what it shows: `npm run dev`, then /dev.html#/ with ?scene=new|chats|linked, and
 * &rtl to see it from right to left.
 */
import { mount } from 'svelte';
import App from '../App.svelte';
import { language } from '../i18n';
import { deviceMarker } from '../messenger/deviceMarker';
import '../styles/tokens.css';
import '../styles/base.css';
import { Theme } from '../ui/theme.svelte';
import { turnAround } from './rightToLeft';
import { scene } from './scenes';

const target = document.getElementById('app');
if (!target) throw new Error('dev.html has no #app element');
deviceMarker.clear(); // each scene is a device of its own
const query = new URLSearchParams(location.search);
if (query.has('rtl')) turnAround();
const core = scene(query.get('scene') ?? 'chats');
// Tests and the console drive what the other side does.
Object.assign(window, { fakeCore: core });
const theme = new Theme(document.documentElement, matchMedia('(prefers-color-scheme: dark)'), localStorage);
await language.start(document.documentElement, localStorage);
mount(App, { target, props: { core, theme } });
