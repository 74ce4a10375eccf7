// Puts a brotli form (name.br) beside every file of web/dist that gets smaller by it, for the server to send.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { webDir } from './goroot.mjs';

const kinds = new Set(['.html', '.js', '.css', '.wasm', '.svg', '.json', '.webmanifest', '.txt']);
const compress = promisify(brotliCompress);

async function compressFile(file) {
  const raw = readFileSync(file);
  const small = await compress(raw, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: raw.length,
    },
  });
  if (small.length < raw.length) writeFileSync(`${file}.br`, small);
}

const dist = join(webDir, 'dist');
const files = readdirSync(dist, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
for (const entry of files.filter((e) => e.name.endsWith('.br'))) rmSync(join(entry.parentPath, entry.name));
await Promise.all(files.filter((e) => kinds.has(extname(e.name))).map((e) => compressFile(join(e.parentPath, e.name))));
