/** What another app has shared with this one: the share target of public/manifest.webmanifest (M95). */

const names = ['share-title', 'share-text', 'share-url'];

/**
 * Takes it out of the address, where it must not stay: a reload would share it again. What else the address asks for
 * stays. Empty if there is nothing.
 */
export function takeShared({ location, history }: Pick<Window, 'location' | 'history'>): string {
  const params = new URLSearchParams(location.search);
  const found = names.filter((name) => params.has(name));
  const parts = found.map((name) => params.get(name)?.trim() ?? '').filter(Boolean);
  for (const name of found) params.delete(name);
  if (found.length > 0) history.replaceState(history.state, '', `${location.pathname}${params.size > 0 ? `?${params}` : ''}${location.hash}`);
  return [...new Set(parts)].join('\n'); // an address often comes as the text, too
}
