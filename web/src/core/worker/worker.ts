// The dedicated worker of the client core: messages in, calls to Go, messages out.
import { toCoreError } from '../errors';
import type { Call, FromWorker, ToWorker } from '../protocol';
import { type GoCall, startCore } from './host';

let callGo: GoCall | undefined;

function post(message: FromWorker): void {
  self.postMessage(message);
}

function run({ id, method, params }: Call): void {
  callGo?.(
    method,
    params,
    (result) => post({ kind: 'result', id, result }),
    (error) => post({ kind: 'result', id, error: JSON.parse(error) }),
  );
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
