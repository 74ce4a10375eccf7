// The dedicated worker of the client core: messages in, calls to Go, messages out.
import { CoreError, toCoreError, toFileError } from '../errors';
import type { Call, FromWorker, ToWorker } from '../protocol';
import { type GoCall, loadFiles, startCore } from './host';

let callGo: GoCall | undefined;

function post(message: FromWorker): void {
  self.postMessage(message);
}

function run(call: Call): void {
  const { id, method, params } = call;
  if (method === 'putFile' || method === 'openFile' || method === 'openSticker') {
    void runFile(call);
    return;
  }
  callGo?.(
    method,
    params,
    (result) => post({ kind: 'result', id, result }),
    (error) => post({ kind: 'result', id, error: JSON.parse(error) }),
  );
}

/** Calls whose bytes never come into the core: it gets or gives what seals a file. */
async function runFile({ id, method, params, blob }: Call): Promise<void> {
  const go = (name: string, json: string) =>
    new Promise<string>((resolve, reject) => callGo?.(name, json, resolve, (error) => reject(new CoreError(JSON.parse(error)))));
  try {
    const files = await loadFiles();
    if (method === 'putFile') {
      const sealed = await files.seal(blob ?? new Blob());
      post({ kind: 'result', id, result: await go('addSealedFile', JSON.stringify(sealed)) });
    } else {
      const result = await go(method, params);
      post({ kind: 'result', id, result: '{}', blob: await files.open(JSON.parse(result)) });
    }
  } catch (error) {
    post({ kind: 'result', id, error: toFileError(error).plain() });
  }
}

self.onmessage = async ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === 'call') {
    run(data);
    return;
  }
  try {
    await startCore(data.config, {
      ready: (call, storage) => {
        callGo = call;
        post({ kind: 'ready', storage });
      },
      event: (name, json) => post({ kind: 'event', name, data: json }),
      failed: (error) => post({ kind: 'failed', error }),
      fatal: () => post({ kind: 'fatal' }),
    });
  } catch (error) {
    post({ kind: 'failed', error: toCoreError(error, 'wasm_invalid').plain() });
  }
};
