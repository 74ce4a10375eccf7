import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Camera, type QrReader } from './camera.svelte';

const video = { play: () => Promise.resolve(), srcObject: null } as unknown as HTMLVideoElement;
let stopped: number;
let seen: string[][];

beforeEach(() => {
  vi.useFakeTimers();
  stopped = 0;
  seen = [];
});
afterEach(() => void vi.useRealTimers());

function stream(): MediaStream {
  return { getTracks: () => [{ stop: () => stopped++ }] } as unknown as MediaStream;
}

function camera(open: (() => Promise<MediaStream>) | undefined, reader: () => Promise<QrReader>): Camera {
  return new Camera({ open, reader }, (texts) => seen.push(texts));
}

const reads = (...pictures: string[][]): (() => Promise<QrReader>) => {
  const reader = { detect: () => Promise.resolve((pictures.shift() ?? []).map((rawValue) => ({ rawValue }))) };
  return () => Promise.resolve(reader);
};

const failing = (name: string) => () => Promise.reject(Object.assign(new Error(name), { name }));

describe('Camera', () => {
  it('looks until it is stopped and tells what it finds', async () => {
    const one = camera(() => Promise.resolve(stream()), reads([], ['parley://link?1'], ['parley://link?2']));
    await one.start(video);
    expect(one.state).toBe('on');
    await vi.advanceTimersByTimeAsync(400);
    one.stop();
    await vi.advanceTimersByTimeAsync(1000);
    expect(seen).toEqual([['parley://link?1']]);
    expect(stopped).toBe(1);
  });

  it.each([
    ['NotAllowedError', 'denied'],
    ['NotFoundError', 'noCamera'],
    ['NotReadableError', 'busy'],
  ])('says for %s: %s (M24)', async (name, state) => {
    const one = camera(failing(name), reads());
    await one.start(video);
    expect(one.state).toBe(state);
  });

  it('works when the person allows the camera after all (M24)', async () => {
    const answers = [failing('NotAllowedError'), () => Promise.resolve(stream())];
    const one = camera(() => (answers.shift() ?? answers[0]!)(), reads());
    await one.start(video);
    expect(one.state).toBe('denied');
    await one.start(video);
    expect(one.state).toBe('on');
  });

  it('says that the reader did not load, and lets go of the camera', async () => {
    const one = camera(() => Promise.resolve(stream()), () => Promise.reject(new Error('offline')));
    await one.start(video);
    expect(one.state).toBe('readerFailed');
    await vi.advanceTimersByTimeAsync(0);
    expect(stopped).toBe(1);
  });

  it('does not ask where there is nothing to ask', async () => {
    const one = camera(undefined, reads());
    await one.start(video);
    expect(one.state).toBe('unsupported');
  });

  it('lets go of a camera that was allowed after the person left', async () => {
    let allow: (given: MediaStream) => void = () => undefined;
    const one = camera(() => new Promise((resolve) => (allow = resolve)), reads());
    const starting = one.start(video);
    one.stop();
    allow(stream());
    await starting;
    expect(stopped).toBe(1);
    expect(one.state).toBe('off');
  });
});
