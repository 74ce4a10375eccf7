export type CameraState = 'off' | 'starting' | 'on' | 'denied' | 'noCamera' | 'busy' | 'unsupported' | 'readerFailed';

/** What finds QR codes in a picture. */
export interface QrReader {
  detect(picture: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}

/** What the scanner, or who takes a photo, needs of the browser. */
export interface CameraAccess {
  /** Undefined where the page may not ask for a camera at all. */
  open: (() => Promise<MediaStream>) | undefined;
  /** Undefined where nothing is read of what it sees. */
  reader?: () => Promise<QrReader>;
}

const pause = 160;

/** The camera, which may look for QR codes, from the question for permission to the last picture (M24). */
export class Camera {
  #access: CameraAccess;
  #found: (texts: string[]) => void;
  #state = $state<CameraState>('off');
  #stream: MediaStream | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #run = 0;

  constructor(access: CameraAccess, found: (texts: string[]) => void) {
    this.#access = access;
    this.#found = found;
  }

  get state(): CameraState {
    return this.#state;
  }

  /** Asks for the camera and looks until stopped. May be called again after any failure. */
  async start(video: HTMLVideoElement): Promise<void> {
    this.stop();
    const run = this.#run;
    if (!this.#access.open) {
      this.#state = 'unsupported';
      return;
    }
    this.#state = 'starting';
    try {
      const reading = this.#reader();
      reading.catch(() => undefined); // awaited below, once there is a camera
      const stream = await this.#access.open();
      if (run !== this.#run) return release(stream);
      this.#stream = stream;
      video.srcObject = stream;
      const [reader] = await Promise.all([reading, video.play()]);
      if (run !== this.#run) return;
      this.#state = 'on';
      if (reader) this.#look(video, reader, run);
    } catch (thrown) {
      if (run !== this.#run) return;
      this.stop();
      this.#state = stateOf(thrown);
    }
  }

  stop(): void {
    this.#run++;
    clearTimeout(this.#timer);
    if (this.#stream) release(this.#stream);
    this.#stream = undefined;
    this.#state = 'off';
  }

  async #reader(): Promise<QrReader | undefined> {
    try {
      return await this.#access.reader?.();
    } catch (cause) {
      throw new ReaderError('The QR reader did not load', { cause });
    }
  }

  #look(video: HTMLVideoElement, reader: QrReader, run: number): void {
    this.#timer = setTimeout(async () => {
      const codes = await reader.detect(video).catch(() => []);
      if (run !== this.#run) return;
      if (codes.length > 0) this.#found(codes.map((code) => code.rawValue));
      if (run === this.#run) this.#look(video, reader, run);
    }, pause);
  }
}

class ReaderError extends Error {}

function release(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** What getUserMedia's and the reader's failures mean (Media Capture and Streams, section 10.2). */
function stateOf(thrown: unknown): CameraState {
  if (thrown instanceof ReaderError) return 'readerFailed';
  switch ((thrown as { name?: unknown }).name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'noCamera';
    default:
      return 'busy';
  }
}
