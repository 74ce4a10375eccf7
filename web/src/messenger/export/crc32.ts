// CRC-32 as ZIP has it (ISO 3309), four bytes at a time.
const tables = Array.from({ length: 4 }, () => new Uint32Array(256));
const [t0, t1, t2, t3] = tables as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];

for (let n = 0; n < 256; n++) {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  t0[n] = c >>> 0;
}
for (let n = 0; n < 256; n++) {
  let c = t0[n] as number;
  for (const table of [t1, t2, t3]) table[n] = c = ((t0[c & 255] as number) ^ (c >>> 8)) >>> 0;
}

/** Goes on with a sum; the first is 0. */
export function crc32(sum: number, data: Uint8Array): number {
  let c = ~sum;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;
  for (; at + 4 <= data.length; at += 4) {
    c ^= view.getUint32(at, true);
    c = (t3[c & 255] as number) ^ (t2[(c >>> 8) & 255] as number) ^ (t1[(c >>> 16) & 255] as number) ^ (t0[c >>> 24] as number);
  }
  for (; at < data.length; at++) c = (t0[(c ^ (data[at] as number)) & 255] as number) ^ (c >>> 8);
  return ~c >>> 0;
}
