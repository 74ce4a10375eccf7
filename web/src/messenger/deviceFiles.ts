/** The folder of the database in the browser's private files; see core/worker/storage.ts. */
const folder = 'parley';
/** A worker that was just ended frees its files a little later. Milliseconds, and how often. */
const wait = 200;
const tries = 15;

/** Removes all that this device keeps in the browser. No core may run; rejects while another window holds the files. */
export async function deleteDeviceFiles(): Promise<void> {
  const root = await navigator.storage.getDirectory();
  for (let attempt = 1; ; attempt++) {
    try {
      return await root.removeEntry(folder, { recursive: true });
    } catch (thrown) {
      const { name } = thrown as { name?: unknown };
      if (name === 'NotFoundError') return;
      if (name !== 'NoModificationAllowedError' || attempt === tries) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
