/** Reads an unsigned LEB128 number, as wasm and Go's tables have them: the number, and where it ends. */
export function readUnsigned(bytes, at) {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[at++];
    value += (byte & 127) * scale;
    if (byte < 128) return [value, at];
  }
}
