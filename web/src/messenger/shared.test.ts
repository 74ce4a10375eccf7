import { describe, expect, it } from 'vitest';
import { takeShared } from './shared';

function opened(search: string) {
  const history = { state: { depth: 2 }, replaced: '', replaceState: (_state: unknown, _title: string, url: string) => void (history.replaced = url) };
  const window = { location: { search, pathname: '/', hash: '#/archived' }, history } as unknown as Window;
  return { text: takeShared(window), address: history.replaced };
}

describe('what another app shares (M95)', () => {
  it('is taken out of the address', () => {
    const { text, address } = opened('?share-title=News&share-text=Look%20here&share-url=https%3A%2F%2Fexample.org%2Fa');
    expect(text).toBe('News\nLook here\nhttps://example.org/a');
    expect(address).toBe('/#/archived');
  });

  it('is there once, and may be nothing', () => {
    expect(opened('?share-text=https://example.org&share-url=https://example.org').text).toBe('https://example.org');
    expect(opened('?share-title=%20').text).toBe('');
    expect(opened('')).toEqual({ text: '', address: '' });
  });

  it('leaves the rest of the address, as that of a window for one chat (M99)', () => {
    expect(opened('?chat')).toEqual({ text: '', address: '' });
    expect(opened('?chat=&share-text=a').address).toBe('/?chat=#/archived');
  });
});
