// What the worker and the core need of files; loaded when there is the first one.
import { type Sealed, FileError, open, remove, seal } from './files';
import { type Transfer, codeOf, download, upload } from './transfer';

export { type Sealed, FileError, open, seal };

/** Transfers that are under way, to be ended by the core. */
const running = new Map<string, AbortController>();

/** Runs what the core asks for; the answer is an empty text, or a code. */
export async function run(what: string, job: string, progress: (moved: number) => void): Promise<string> {
  const t = JSON.parse(job) as Transfer;
  if (what === 'cancel') {
    running.get(t.id)?.abort();
    return '';
  }
  const controller = new AbortController();
  try {
    if (what === 'remove') await remove(t.id);
    else {
      running.set(t.id, controller);
      await (what === 'upload' ? upload : download)(t, progress, controller.signal);
    }
    return '';
  } catch (error) {
    return codeOf(error);
  } finally {
    if (running.get(t.id) === controller) running.delete(t.id);
  }
}
