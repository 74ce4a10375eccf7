import type { Attachment } from 'svelte/attachments';

const longPress = 500;
const slack = 10;

/**
 * Asks for the menu of what it is attached to: a right click, the menu key, or a long press on a touch screen, which
 * then is no click. `open` says false to leave the browser its own menu.
 */
export function contextPress(open: (x: number, y: number, target: Element) => boolean | void): Attachment<HTMLElement> {
  return (element) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let from = { x: 0, y: 0 };
    let pressed = false;
    const cancel = () => clearTimeout(timer);

    const listeners: { [E in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[E]) => void } = {
      contextmenu(event) {
        cancel();
        if (pressed || open(event.clientX, event.clientY, event.target as Element) !== false) event.preventDefault();
      },
      pointerdown(event) {
        cancel();
        pressed = false;
        if (event.pointerType !== 'touch' || !event.isPrimary) return;
        from = { x: event.clientX, y: event.clientY };
        timer = setTimeout(() => {
          pressed = open(from.x, from.y, event.target as Element) !== false;
        }, longPress);
      },
      pointermove(event) {
        if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > slack) cancel();
      },
      pointerup: cancel,
      pointercancel: cancel,
      click(event) {
        if (!pressed) return;
        pressed = false;
        event.preventDefault();
        event.stopPropagation();
      },
    };
    for (const [name, run] of Object.entries(listeners)) element.addEventListener(name, run as EventListener, { capture: true });
    return () => {
      cancel();
      for (const [name, run] of Object.entries(listeners)) element.removeEventListener(name, run as EventListener, { capture: true });
    };
  };
}
