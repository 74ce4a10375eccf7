/** What another app has shared with this one: the share target of public/manifest.webmanifest (M95). */

const names = ['share-title', 'share-text', 'share-url'];

/** Takes it out of the address, where it must not stay: a reload would share it again. Empty if there is nothing. */
export function takeShared({ location, history }: Pick<Window, 'location' | 'history'>): string {
  const params = new URLSearchParams(location.search);
  const parts = names.map((name) => params.get(name)?.trim() ?? '').filter(Boolean);
  if (location.search) history.replaceState(history.state, '', `${location.pathname}${location.hash}`);
  return [...new Set(parts)].join('\n'); // an address often comes as the text, too
}
