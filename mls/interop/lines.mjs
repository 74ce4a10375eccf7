// The protocol of parley/mls/cmd/mlspeer for peers in JavaScript: each line on
// standard input is a request, {"Op":…,"Data":hex}, and gets one line. Beside
// its operations they have "new", which makes the peer of a cipher suite (two
// bytes) and tells its identity; a process serves many tests.

import { createInterface } from "node:readline";

export const bytes = (hex) => new Uint8Array(Buffer.from(hex, "hex"));

const hex = (data) => Buffer.from(data).toString("hex");

/**
 * serve answers the requests in their order until standard input ends.
 * operations maps each Op to a function of (data, request) that resolves to
 * fields of the answer, as bytes.
 */
export async function serve(operations) {
  for await (const line of createInterface({ input: process.stdin })) {
    let answer;
    try {
      const request = JSON.parse(line);
      const operation = operations[request.Op];
      if (operation === undefined) throw new Error(`unknown operation ${request.Op}`);
      const fields = await operation(bytes(request.Data ?? ""), request);
      answer = Object.fromEntries(
        Object.entries(fields)
          .filter(([, value]) => value !== undefined)
          .map(([name, value]) => [name, hex(value)]),
      );
    } catch (error) {
      answer = { err: describe(error) };
    }
    process.stdout.write(JSON.stringify(answer) + "\n");
  }
  process.exit(0); // core-crypto leaves timers behind
}

// describe finds the words in an error; core-crypto nests them.
function describe(error) {
  const inner = error?.inner === undefined ? "" : " " + JSON.stringify(error.inner);
  return `${error?.name ?? "error"}: ${error?.message ?? error}${inner}`;
}
