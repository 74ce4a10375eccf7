// What the app has said about history on its way, however short it was on the screen.

/** Begins to note the lines of a tab; gives a function that returns them, each with the time when it came. */
export async function noteHistory(app) {
  await app.page.evaluate(() => {
    globalThis.historyLines = [];
    const note = () => {
      const lines = [...document.querySelectorAll('[data-testid^=history-]')].map((line) => line.innerText.trim());
      if (lines.length === 0 && document.querySelector('[data-testid=chat-item]')) lines.push('');
      for (const text of lines) {
        if (globalThis.historyLines.at(-1)?.text !== text) globalThis.historyLines.push({ at: Date.now(), text });
      }
    };
    new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  return () => app.page.evaluate(() => globalThis.historyLines);
}
