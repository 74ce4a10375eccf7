import { arrowsAlong } from '../ui/direction';

/** Arrows walk the buttons of a box's grids, whose number of columns is what fits; up from the first leads to its search field. */
export function walkGrid(event: KeyboardEvent, box: HTMLElement, onclose: () => void): void {
  if (event.key === 'Escape') {
    event.stopPropagation();
    return onclose();
  }
  const buttons = [...box.querySelectorAll<HTMLButtonElement>('.grid button')];
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
  const columns = buttons.findIndex((button, index) => index > 0 && button.offsetTop !== buttons[0]?.offsetTop);
  const { next: onward, before } = arrowsAlong();
  const step = { [onward]: 1, [before]: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
  if (step === undefined || (at < 0 && event.key !== 'ArrowDown')) return;
  event.preventDefault();
  const next = at < 0 ? 0 : at + step;
  if (next < 0) box.querySelector<HTMLInputElement>('input[type=search]')?.focus();
  else buttons[next]?.focus();
}
