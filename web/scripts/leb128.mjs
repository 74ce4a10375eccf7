/** Reads an unsigned LEB128 number, as wasm and Go's tables have them: the number, and where it ends. */
export function readUnsigned(bytes, at) {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[at++];
    value += (byte & 127) * scale;
    if (byte < 128) return [value, at];
  }
}

/** Reads a signed LEB128 number of up to 53 bits: the number, and where it ends. Longer ones are rounded. */
export function readSigned(bytes, at) {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[at++];
    value += (byte & 127) * scale;
    if (byte < 128) return [byte & 64 ? value - scale * 128 : value, at];
  }
}

/** Where the LEB128 number ends that begins there. */
export function skipNumber(bytes, at) {
  while (bytes[at++] > 127);
  return at;
}

/** The bytes of an unsigned LEB128 number. */
export function unsigned(value) {
  const out = [];
  for (; value > 127; value = Math.floor(value / 128)) out.push((value % 128) | 128);
  return Buffer.from([...out, value]);
}

/** The bytes of a signed LEB128 number that is not negative: with room for its sign bit. */
export function signed(value) {
  const out = [];
  for (; value > 63; value = Math.floor(value / 128)) out.push((value % 128) | 128);
  return Buffer.from([...out, value]);
}
