/**
 * What lies over the page, such as dialogs and menus: the back button or gesture of a phone closes the topmost one and
 * leaves the page as it is. Each has an entry of its own in the history of the window while it is open; an entry's
 * `layer` tells how many were open there.
 */
import type { Attachment } from 'svelte/attachments';

interface Place {
  layer?: number;
}

interface Layer {
  close: () => void;
  gone: boolean;
}

const open: Layer[] = [];
let due: ReturnType<typeof setTimeout> | undefined;
/** The history is on its way to where we sent it; it comes there later. */
let leaving = false;
/** What is done when it has come there. */
const then: (() => void)[] = [];

/** How many layers the present entry of the history stands for. */
export const layersHere = (): number => (history.state as Place | null)?.layer ?? 0;

/** Attached to a layer: Back closes it. */
export const closedByBack =
  (close: () => void): Attachment =>
  () => {
    const layer: Layer = { close, gone: false };
    open.push(layer);
    later();
    return () => {
      layer.gone = true;
      const at = open.indexOf(layer);
      if (at >= 0) open.splice(at, 1);
      later();
    };
  };

/** Goes to another place: not before the history has come to where we sent it, which would undo that. */
export const whenLeft = (go: () => void): void => void (leaving ? then.push(go) : go());

/** A link to another place in the app. */
function chosen(event: MouseEvent): void {
  const link = (event.target as Element).closest<HTMLAnchorElement>('a[href^="#"]');
  if (!leaving || !link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  then.push(() => (location.hash = link.hash));
}

/** One layer often takes the place of another: the history is made to fit when all is done. */
function later(): void {
  addEventListener('popstate', popped);
  addEventListener('click', chosen);
  clearTimeout(due);
  due = setTimeout(fit);
}

function fit(): void {
  if (leaving) return;
  for (let layer = layersHere(); layer < open.length; layer++) history.pushState({ ...(history.state as Place), layer: layer + 1 }, '');
  if (layersHere() <= open.length) return;
  leaving = true;
  history.go(open.length - layersHere());
}

/** What would not close now is still a layer. */
function keep(layer: Layer): void {
  open.push(layer);
  later();
}

function popped(): void {
  if (leaving) {
    leaving = false;
    for (const go of then.splice(0)) go();
    return later(); // what was opened meanwhile
  }
  const here = layersHere();
  for (const layer of open.splice(here).reverse()) {
    layer.close();
    setTimeout(() => layer.gone || keep(layer));
  }
  if (here > open.length) later(); // forward, to a layer that is gone
}
