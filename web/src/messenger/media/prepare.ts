/** Makes of a file that a person has chosen what is sent: photos smaller and without what the camera wrote into them. */
import type { MediaKind } from '../../core/api.gen';
import { animationOf, longestAnimation } from './animation';
import { headerBytes, type ImageInfo, imageInfo, isShowable } from './imageSize';

/** What is sent of a file. */
export interface Prepared {
  blob: Blob;
  kind: MediaKind;
  type: string;
  name: string;
  width?: number;
  height?: number;
  durationMs?: number;
  waveform?: string;
  /** A tiny JPEG, base64. */
  preview?: string;
  /** It moves. */
  animated?: boolean;
}

/** Longest edge of a photo, and of the picture that is shown until it is there; pixels. */
const longestEdge = 2048;
const previewEdge = 24;
/** Longest time to wait for a video's first picture; it is sent without one then. */
const videoPatience = 8000;

/** Looks at a file and makes it ready; with `original` it is sent as it is. */
export async function prepare(file: File, original = false): Promise<Prepared> {
  // A file may be gone, or be a folder: it is found out now.
  const head = new Uint8Array(await file.slice(0, headerBytes).arrayBuffer());
  const plain: Prepared = { blob: file, kind: 'document', type: file.type, name: file.name };
  if (original) return plain;
  const info = imageInfo(head);
  if (isShowable(info)) {
    if (info.type !== 'image/jpeg' && file.size <= longestAnimation) {
      const moving = await animated(file, info).catch(() => undefined);
      if (moving) return moving;
    } else if (info.type === 'image/gif') return plain; // it would be a still picture
    return (await photo(file).catch(() => undefined)) ?? plain;
  }
  if (/^video\/(mp4|webm|quicktime)$/.test(file.type)) return { ...plain, ...(await video(file).catch(() => ({}))) };
  if (/^audio\//.test(file.type)) return { ...plain, kind: 'audio' };
  return plain;
}

/** What moves is sent as it is, without what else was written into it; undefined for what does not. */
async function animated(file: File, { type, width, height }: ImageInfo): Promise<Prepared | undefined> {
  const moving = animationOf(type, new Uint8Array(await file.arrayBuffer()));
  if (!moving) return undefined;
  const blob = new Blob([moving.bytes], { type });
  const image = await createImageBitmap(blob); // it must be a picture
  try {
    const preview = await base64Of(await draw(image, previewEdge, 'image/jpeg', 0.5));
    return { kind: 'photo', name: '', blob, type, width, height, preview, animated: true };
  } finally {
    image.close();
  }
}

/** Drawn anew, so nothing is left of what the camera wrote. */
async function photo(file: File): Promise<Prepared> {
  const image = await createImageBitmap(file, { imageOrientation: 'from-image' });
  try {
    const preview = await base64Of(await draw(image, previewEdge, 'image/jpeg', 0.5));
    const shrunk = Math.min(1, longestEdge / Math.max(image.width, image.height));
    const blob = await draw(image, longestEdge, 'image/jpeg', 0.85);
    return { kind: 'photo', name: '', preview, blob, type: 'image/jpeg', width: Math.round(image.width * shrunk), height: Math.round(image.height * shrunk) };
  } finally {
    image.close();
  }
}

function draw(image: ImageBitmap | HTMLVideoElement, edge: number, type: string, quality: number): Promise<Blob> {
  const [width, height] = image instanceof ImageBitmap ? [image.width, image.height] : [image.videoWidth, image.videoHeight];
  const shrunk = Math.min(1, edge / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * shrunk));
  canvas.height = Math.max(1, Math.round(height * shrunk));
  const context = canvas.getContext('2d');
  if (!context) return Promise.reject(new Error('no canvas'));
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), type, quality);
  });
}

/** A video goes as it is; its first picture, dimensions and length are found out. */
async function video(file: File): Promise<Partial<Prepared>> {
  const element = document.createElement('video');
  const url = URL.createObjectURL(file);
  try {
    element.muted = true;
    element.preload = 'auto';
    element.src = url;
    await eventOf(element, 'loadeddata');
    const { videoWidth: width, videoHeight: height } = element;
    const durationMs = Number.isFinite(element.duration) ? Math.round(element.duration * 1000) : 0;
    if (!width || !height) return {};
    return { kind: 'video', width, height, durationMs, preview: await base64Of(await draw(element, previewEdge, 'image/jpeg', 0.5)) };
  } finally {
    element.removeAttribute('src');
    element.load();
    URL.revokeObjectURL(url);
  }
}

function eventOf(element: HTMLVideoElement, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('too slow')), videoPatience);
    element.addEventListener(name, () => (clearTimeout(timer), resolve()), { once: true });
    element.addEventListener('error', () => (clearTimeout(timer), reject(new Error('no video'))), { once: true });
  });
}

/** The loudness of a recording in 64 steps, base64, and how long it is. */
export async function waveformOf(sound: Blob): Promise<{ waveform: string; durationMs: number }> {
  const context = new AudioContext();
  try {
    const decoded = await context.decodeAudioData(await sound.arrayBuffer());
    const samples = decoded.getChannelData(0);
    const steps = 64;
    const levels = new Uint8Array(steps);
    for (let i = 0; i < steps; i++) {
      let peak = 0;
      const end = Math.floor(((i + 1) * samples.length) / steps);
      for (let at = Math.floor((i * samples.length) / steps); at < end; at++) peak = Math.max(peak, Math.abs(samples[at] ?? 0));
      levels[i] = Math.min(255, Math.round(peak * 255));
    }
    return { waveform: btoa(String.fromCharCode(...levels)), durationMs: Math.round(decoded.duration * 1000) };
  } finally {
    void context.close();
  }
}

async function base64Of(blob: Blob): Promise<string> {
  return btoa(String.fromCharCode(...new Uint8Array(await blob.arrayBuffer())));
}
