// Opens the core as the app does and leaves it where the driver finds it.
import type { Events, Methods } from '../../src/core/api.gen';
import { connectCore } from '../../src/core/connect';

const core = connectCore<Methods, Events>({ deviceName: 'Test browser' });
const events: string[] = [];
core.on('reset', () => events.push('reset'));
Object.assign(globalThis, { core, events });
