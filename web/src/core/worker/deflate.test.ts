import { describe, expect, it } from 'vitest';
import { deflate, inflate } from './deflate';

const run = (through: typeof inflate, bytes: Uint8Array<ArrayBuffer>, limit: number) =>
  new Promise<Uint8Array<ArrayBuffer> | null>((resolve) => through(bytes, limit, (done) => resolve(done && new Uint8Array(done))));
const compressed = async (bytes: Uint8Array<ArrayBuffer>) => (await run(deflate, bytes, 0)) ?? expect.unreachable();

describe('compression of history (M10)', () => {
  const text = new TextEncoder().encode('history '.repeat(10_000));

  it('expands what it compressed, up to the limit and not a byte more', async () => {
    const small = await compressed(text);
    expect(small.length).toBeLessThan(text.length / 10);
    expect(await run(inflate, small, text.length)).toEqual(text);
    expect(await run(inflate, small, text.length - 1)).toBeNull();
    expect(await run(inflate, await compressed(new Uint8Array(0)), 0)).toEqual(new Uint8Array(0));
  });

  it('does not expand what is far larger', async () => {
    const bomb = await compressed(new Uint8Array(64 << 20));
    expect(bomb.length).toBeLessThan(1 << 17);
    expect(await run(inflate, bomb, 1 << 20)).toBeNull();
  });

  it('gives nothing of what is damaged', async () => {
    const small = await compressed(text);
    expect(await run(inflate, small.slice(0, -1), text.length)).toBeNull();
    expect(await run(inflate, new Uint8Array([255, 255, 255]), text.length)).toBeNull();
    expect(await run(inflate, new Uint8Array(0), text.length)).toBeNull();
  });
});
