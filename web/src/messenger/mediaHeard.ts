import type { MediaProgress } from '../core/api.gen';
import type { Core } from './core';

const heard = new WeakMap<Core, Map<string, MediaProgress>>();

/**
 * What was told last of each file, from the first call on. What shows files is loaded with the first one, and until then
 * a small one may have come: that is told once, and not by its message.
 */
export function mediaHeard(core: Core): Map<string, MediaProgress> {
  let last = heard.get(core);
  if (!last) {
    const files = (last = new Map<string, MediaProgress>());
    heard.set(core, files);
    core.on('mediaProgress', (progress) => files.set(progress.id, progress));
    // Events may have been missed: what the messages say counts.
    core.on('reset', () => files.clear());
  }
  return last;
}
