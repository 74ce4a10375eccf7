// What sqlite-wasm's program tells its JavaScript of C: constants and how structures are laid out.

/** Runs the program as far as that, without a system below it; the names are those of wasm.ctype in sqlite-wasm. */
export function sqliteConstants(wasm) {
  const module = new WebAssembly.Module(wasm);
  const memory = new WebAssembly.Memory({ initial: 128, maximum: 32768 });
  const imports = {};
  for (const { module: name, name: member, kind } of WebAssembly.Module.imports(module)) {
    (imports[name] ??= {})[member] = kind === 'memory' ? memory : () => 0;
  }
  const { exports } = new WebAssembly.Instance(module, imports);
  exports.__wasm_call_ctors();
  const bytes = Buffer.from(memory.buffer);
  const at = exports.sqlite3__wasm_enum_json();
  return JSON.parse(bytes.toString('utf8', at, bytes.indexOf(0, at)));
}
