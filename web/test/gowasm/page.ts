// Runs one Go test binary in a worker and hands its output to the driver, which put `goReport` on the page.
declare const goReport: (message: unknown) => void;

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
worker.onmessage = (event: MessageEvent<{ kind: string }>) => {
  // Go's timers would still call into the program that has ended.
  if (event.data.kind === 'exit') worker.terminate();
  goReport(event.data);
};
worker.onerror = (event) => goReport({ kind: 'exit', code: 98, text: event.message });
(globalThis as unknown as { startGo: (job: unknown) => void }).startGo = (job) => worker.postMessage(job);
goReport({ kind: 'ready' });
