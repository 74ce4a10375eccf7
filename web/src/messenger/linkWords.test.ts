import { expect, it } from 'vitest';
import { wordsOf } from './linkWords';

it('has the words of the core’s numbers', async () => {
  expect(await wordsOf([0, 1, 255, 256])).toEqual(['abbey', 'acorn', 'zigzag', '']);
});
