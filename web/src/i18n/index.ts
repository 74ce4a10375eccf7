/**
 * The texts of the app in the person's language. `t` fills a message in; its parameters are checked against the
 * English text at compile time. To add a language, write a Catalogue beside en.ts and name it in language.svelte.ts.
 */
import type { Key, Plural } from './catalogue';
import type { en } from './en';
import { language } from './language.svelte';

export type { Key } from './catalogue';
export { language } from './language.svelte';

type Names<S extends string> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type NamesOf<K extends Key> = (typeof en)[K] extends string
  ? Names<(typeof en)[K]>
  : (typeof en)[K] extends Plural
    ? 'count' | Names<(typeof en)[K]['other']>
    : never;
type Values = Record<string, string | number>;
type Arguments<K extends Key> = [NamesOf<K>] extends [never]
  ? []
  : [values: { [N in NamesOf<K>]: N extends 'count' ? number : string | number }];

/** The text for a key, filled in. */
export function t<K extends Key>(key: K, ...args: Arguments<K>): string {
  const values = (args[0] ?? {}) as Values;
  const { catalogue, plurals } = language.used;
  const message: string | Plural = catalogue.texts[key];
  if (typeof message === 'string') return fill(message, values);
  const count = Number(values['count'] ?? 0);
  return fill(message[plurals.select(count)] ?? message.other, values);
}

/** The sentence for an error code; undefined for one the catalogue does not know. */
export function errorText(code: string): string | undefined {
  const { errors } = language.used.catalogue;
  return Object.hasOwn(errors, code) ? errors[code] : undefined;
}

function fill(message: string, values: Values): string {
  return message.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
