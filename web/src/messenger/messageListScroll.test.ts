import { describe, expect, it } from 'vitest';
import { EndSticking, grewAtStart, keepRows } from './messageListScroll';
import type { Row } from './rows';

describe('EndSticking', () => {
  it('lets go when the person scrolls up, and sticks again at the end', () => {
    let now = 0;
    const sticking = new EndSticking(() => now);
    sticking.scrolled(1000, 0);
    now = 1000;
    sticking.scrolled(700, 300);
    expect(sticking.stuck).toBe(false);
    sticking.scrolled(980, 20);
    expect(sticking.stuck).toBe(true);
  });

  it('does not take what the list scrolls itself for the person', () => {
    let now = 0;
    const sticking = new EndSticking(() => now);
    sticking.scrolled(1000, 0);
    sticking.settle();
    now = 100;
    sticking.scrolled(700, 300);
    expect(sticking.stuck).toBe(true);
  });

  it('lets go at once when the person pulls, even while rows are measured', () => {
    let now = 0;
    const sticking = new EndSticking(() => now);
    sticking.scrolled(1000, 0);
    sticking.settle();
    now = 100;
    sticking.pulled(1000);
    expect(sticking.stuck).toBe(false);
    sticking.scrolled(980, 20);
    expect(sticking.stuck).toBe(false);
    sticking.scrolled(700, 300);
    now = 1000;
    expect(sticking.stuck).toBe(false);
  });

  it('sticks again after a pull that did not leave the end', () => {
    let now = 0;
    const sticking = new EndSticking(() => now);
    sticking.pulled(1000);
    sticking.scrolled(990, 10);
    expect(sticking.stuck).toBe(false);
    now = 1000;
    expect(sticking.stuck).toBe(true);
  });

  it('cannot be pulled away from a list that does not scroll', () => {
    const sticking = new EndSticking(() => 0);
    sticking.pulled(0);
    expect(sticking.stuck).toBe(true);
  });

  it('stays when the list only got longer', () => {
    const sticking = new EndSticking(() => 1000);
    sticking.scrolled(1000, 0);
    sticking.scrolled(1000, 400);
    expect(sticking.stuck).toBe(true);
  });
});

describe('grewAtStart', () => {
  const rows = (...keys: string[]): Row[] => keys.map((key) => ({ type: 'day', key, at: 0 }));
  it('tells older messages from newer ones', () => {
    expect(grewAtStart(rows('b', 'c'), rows('a', 'b', 'c'))).toBe(true);
    expect(grewAtStart(rows('a', 'b'), rows('a', 'b', 'c'))).toBe(false);
    expect(grewAtStart([], rows('a'))).toBe(false);
    expect(grewAtStart(rows('a', 'b'), rows('x', 'y', 'z'))).toBe(false);
  });
});

describe('keepRows', () => {
  it('keeps what is made near what is needed, and lets go of what is far', () => {
    expect(keepRows([0, -1], [50, 70])).toEqual([50, 70]);
    expect(keepRows([46, 66], [50, 70])).toEqual([46, 70]);
    expect(keepRows([50, 66], [46, 60])).toEqual([46, 66]);
    expect(keepRows([50, 120], [46, 60])).toEqual([46, 68]);
    expect(keepRows([0, 60], [40, 60])).toEqual([32, 60]);
  });

  it('makes only what is needed after a jump, so that the rows stay together', () => {
    expect(keepRows([0, 20], [300, 320])).toEqual([300, 320]);
    expect(keepRows([300, 320], [0, 20])).toEqual([0, 20]);
    expect(keepRows([10, 20], [0, -1])).toEqual([0, -1]);
  });
});
