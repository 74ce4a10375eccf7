import { describe, expect, it } from 'vitest';
import { choiceOf, clock, isQuiet, minuteOf, quietHoursOf, quietHoursText, showsText } from './notificationRules';

const at = (text: string) => new Date(`2026-05-20T${text}:00`);

describe('what a person chose about notifications', () => {
  it('is on, with previews and sounds, where nothing was chosen', () => {
    expect(choiceOf({})).toEqual({ on: true, previews: 'on', sounds: true, quiet: undefined });
    expect(choiceOf({ notifications: 'off', previews: 'what', sounds: 'off', quietHours: 'off' })).toEqual({
      on: false, previews: 'on', sounds: false, quiet: undefined,
    });
  });

  it('shows texts always, never, or in chosen chats (M105)', () => {
    const shown = (previews: string) => [true, false].map((preview) => showsText(choiceOf({ previews }), { preview }));
    expect(shown('on')).toEqual([true, true]);
    expect(shown('off')).toEqual([false, false]);
    expect(shown('chosen')).toEqual([true, false]);
  });
});

describe('quiet hours (M106)', () => {
  it('are read and written', () => {
    expect(quietHoursOf('2200-0700')).toEqual({ from: 1320, until: 420 });
    expect(quietHoursText({ from: 1320, until: 425 })).toBe('2200-0705');
    for (const bad of [undefined, '', 'off', '2200', '2460-0700', '2200-2400', '2200-2200', '22:00-07:00', '2200-0700x']) {
      expect(quietHoursOf(bad)).toBeUndefined();
    }
    expect([clock(0), clock(1439), minuteOf('23:59'), minuteOf('07:05:00'), minuteOf('')]).toEqual(['00:00', '23:59', 1439, 425, undefined]);
  });

  it('may be over midnight', () => {
    const night = quietHoursOf('2200-0700');
    expect(['21:59', '22:00', '23:59', '00:00', '06:59', '07:00'].map((time) => isQuiet(night, at(time)))).toEqual([false, true, true, true, true, false]);
    const noon = quietHoursOf('1200-1300');
    expect(['11:59', '12:00', '12:59', '13:00'].map((time) => isQuiet(noon, at(time)))).toEqual([false, true, true, false]);
    expect(isQuiet(undefined, at('03:00'))).toBe(false);
  });
});
