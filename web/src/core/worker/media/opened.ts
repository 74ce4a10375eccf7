/** Files that are opened and too large for memory lie here, in plain, while the page has them. */
export const OPENED = 'parley-opened';

/**
 * Removes what a core that has ended had opened: after a crash, and when the app lock closes, which ends the core.
 * Where there is none, or no storage, nothing is to be done.
 */
export async function removeOpened(): Promise<void> {
  try {
    await (await navigator.storage.getDirectory()).removeEntry(OPENED, { recursive: true });
  } catch {
    return;
  }
}
