// Finds and builds with the Go toolchain that this repository asks for.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const webDir = dirname(dirname(fileURLToPath(import.meta.url)));
export const repoDir = dirname(webDir);
export const buildDir = join(webDir, 'build');

/** Of MLS, Parley uses the suite with X25519; this leaves the others out of the browser build (package mls). */
const tags = '-tags=mls_x25519';

/** Runs a go command that builds for the browser, in the repository; its output goes to ours. */
export function goWasm([command, ...args]) {
  execFileSync('go', [command, tags, ...args], { cwd: repoDir, stdio: 'inherit', env: { ...process.env, GOOS: 'js', GOARCH: 'wasm' } });
}

/**
 * Copies Go's JavaScript runtime, which must be that of the compiler that makes the wasm, to web/build.
 * It is © The Go Authors under the BSD licence of the Go distribution, as its first lines say.
 */
export function copyWasmExec() {
  const goroot = execFileSync('go', ['env', 'GOROOT'], { cwd: repoDir, encoding: 'utf8' }).trim();
  mkdirSync(buildDir, { recursive: true });
  copyFileSync(join(goroot, 'lib', 'wasm', 'wasm_exec.js'), join(buildDir, 'wasm_exec.js'));
}
