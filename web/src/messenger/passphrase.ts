/** What the core asks for at least. */
export const SHORTEST = 8;

export type Strength = 'short' | 'weak' | 'fair' | 'strong';

/** Kinds of characters, and how many a guesser must try for each. */
const kinds: [RegExp, number][] = [
  [/[a-z]/, 26],
  [/[A-Z]/, 26],
  [/\d/, 10],
  [/[^a-zA-Z\d]/, 33],
];

/** What everybody tries first. */
const usual = /pass(word|phrase)|wachtwoord|motdepasse|qwert|azert|letmein|welcome|welkom|bienvenue|parley|iloveyou|admin|dragon|monkey/gi;

/** How hard a passphrase is to guess, roughly: for a kind word, not for a decision. */
export function strengthOf(passphrase: string): Strength {
  const letters = [...passphrase];
  if (letters.length < SHORTEST) return 'short';
  const counted = [...passphrase.replace(usual, '*')].filter((letter, i, all) => !follows(all[i - 1], letter));
  const alphabet = kinds.reduce((sum, [kind, size]) => sum + (kind.test(passphrase) ? size : 0), 0);
  const bits = counted.length * Math.log2(Math.min(alphabet, 4 * new Set(counted).size));
  if (bits < 50) return 'weak';
  return bits < 75 ? 'fair' : 'strong';
}

/** The same character again, or the next one, as in aaaa and 1234. */
function follows(before: string | undefined, letter: string): boolean {
  return before !== undefined && Math.abs((letter.codePointAt(0) ?? 0) - (before.codePointAt(0) ?? 0)) <= 1;
}
