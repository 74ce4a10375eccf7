import { describe, expect, it } from 'vitest';
import { inArabicLetters } from './rightToLeft';

describe('inArabicLetters (X12)', () => {
  it('leaves no Latin letter, and what is filled in where it was', () => {
    expect(inArabicLetters('Hello, {name}?')).toMatch(/^\p{Script=Arabic}{5}، \{name\}؟$/u);
    expect(inArabicLetters('The quick brown fox jumps over the lazy dog')).not.toMatch(/\p{Script=Latin}/u);
  });
});
