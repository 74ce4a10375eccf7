import readerWasm from 'zxing-wasm/reader/zxing_reader.wasm?url';
import type { CameraAccess, QrReader } from './camera.svelte';

interface NativeDetector {
  new (options: { formats: string[] }): QrReader;
  getSupportedFormats(): Promise<string[]>;
}

/** The camera and QR reader of this browser: its own reader where it has one, else ours, from our own origin. */
export const browserCamera: CameraAccess = {
  open: navigator.mediaDevices
    ? () =>
        navigator.mediaDevices.getUserMedia({
          video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } },
        })
    : undefined,
  reader: async () => (await nativeReader()) ?? ownReader(),
};

async function nativeReader(): Promise<QrReader | undefined> {
  const Detector = (globalThis as { BarcodeDetector?: NativeDetector }).BarcodeDetector;
  const formats = await Detector?.getSupportedFormats().catch((): string[] => []);
  return Detector && formats?.includes('qr_code') ? new Detector({ formats: ['qr_code'] }) : undefined;
}

async function ownReader(): Promise<QrReader> {
  const { BarcodeDetector, prepareZXingModule } = await import('barcode-detector/ponyfill');
  // Its default is a CDN: nothing of this app is loaded from elsewhere.
  await prepareZXingModule({ overrides: { locateFile: () => readerWasm }, fireImmediately: true });
  return new BarcodeDetector({ formats: ['qr_code'] });
}
