// A camera for Chromium that films what a test shows it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Chromium's fake camera plays a file over and over. It opens it when the app starts the camera. */
export class Camera {
  #folder = mkdtempSync(join(tmpdir(), 'parley-camera-'));
  #file = join(this.#folder, 'film.mjpeg');

  get args() {
    return ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-video-capture=${this.#file}`];
  }

  /** Points the camera at the screen of a page. Motion JPEG is pictures one after the other. */
  async film(page) {
    writeFileSync(this.#file, await page.screenshot({ type: 'jpeg', quality: 80 }));
  }

  close() {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
