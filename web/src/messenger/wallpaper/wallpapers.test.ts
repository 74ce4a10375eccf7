import { describe, expect, it } from 'vitest';
import { everyChat, shownIn } from './wallpapers';

describe('the wallpaper of a chat', () => {
  it.each([
    ['nothing', '', '', [], { drawn: 'plain' }],
    ['the one for all chats', '', 'dots', [], { drawn: 'dots' }],
    ['its own before that', 'sand', 'dots', [], { drawn: 'sand' }],
    ['its own before the photo for all', 'plain', 'dots', [everyChat], { drawn: 'plain' }],
    ['its photo before all', 'sand', 'dots', [everyChat, 'c'], { photo: 'c' }],
    ['the photo for all', '', 'dots', [everyChat, 'other'], { photo: everyChat }],
    ['one that is not known', 'future', 'dots', [], { drawn: 'dots' }],
  ])('is %s', (_, own, all, photos, wanted) => expect(shownIn('c', own, all, photos)).toEqual(wanted));
});
