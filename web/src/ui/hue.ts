/** One of eight colours, the same for the same text: of an avatar, and of a name. */
export const hueOf = (seed: string): number => [...seed].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973, 7) % 8;
