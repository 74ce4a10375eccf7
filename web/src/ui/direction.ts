/** Whether the texts of the app are written from right to left. */
export const rightToLeft = (): boolean => globalThis.document?.documentElement.dir === 'rtl';

/** Where a line of text that fills a box begins, in CSS pixels of the window. */
export const startOf = (box: DOMRect): number => (rightToLeft() ? box.right : box.left);

/** Where it ends. */
export const endOf = (box: DOMRect): number => (rightToLeft() ? box.left : box.right);

/** The arrow keys that lead to what comes next in a line, and to what was before. */
export const arrowsAlong = () =>
  rightToLeft() ? ({ next: 'ArrowLeft', before: 'ArrowRight' } as const) : ({ next: 'ArrowRight', before: 'ArrowLeft' } as const);
