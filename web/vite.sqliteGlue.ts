import { parseAst } from 'vite';

/** What `wasm.ctype` of sqlite-wasm is: groups of constants by name, and structures. */
export interface Constants {
  structs: { name: string }[];
  [group: string]: unknown;
}

/** What is kept of sqlite-wasm: functions of C, structures, and constants that only Parley uses. */
export interface Kept {
  functions: ReadonlySet<string>;
  structures: ReadonlySet<string>;
  constants: readonly string[];
}

interface Node {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

/** The function that makes the API of a program that runs. All else is a runtime for such a program, and workers. */
const BOOTSTRAP = 'Module.runSQLite3PostLoadInit';
/** Where the API asks the program for its constants; `cJson` is nowhere else. */
const ASKS = /const cJson = wasm\.xCall\("sqlite3__wasm_enum_json"\);[^]*?wasm\.ctype = JSON\.parse\(wasm\.cstrToJs\(cJson\)\);/;
const ofC = /^sqlite3(?:session|changeset|changegroup)?_\w+$/;

/** The source of sqlite-wasm's module, and the same with what Parley uses of it. */
export class Glue {
  /** What goes, or comes in its place: from, to, text. */
  readonly #cuts: [number, number, string][] = [];

  constructor(
    private readonly code: string,
    private readonly kept: Kept,
  ) {}

  /** A module whose default makes the API of a program, see src/core/worker/program.ts. `parts` tell initializers that go. */
  slim(constants: Constants, parts: readonly string[]): string {
    const bootstrap = this.#find(parseAst(this.code) as unknown as Node);
    this.#visit(bootstrap, undefined);
    this.#cutParts(parts);
    let less = '';
    let at = bootstrap.start;
    for (const [from, to, text] of this.#cuts.sort((a, b) => a[0] - b[0] || b[1] - a[1])) {
      if (from < at) continue;
      less += this.code.slice(at, from) + text;
      at = to;
    }
    less += this.code.slice(at, bootstrap.end);
    if (!ASKS.test(less)) throw new Error('another sqlite-wasm than vite.sqliteGlue.ts knows: where does it ask for constants?');
    less = less.replace(ASKS, () => `wasm.ctype = ${JSON.stringify(this.#used(constants, less))};`);
    return `export default (program) => (${less})({ debugModule() {} }, program, false);\n`;
  }

  #text(node: Node): string {
    return this.code.slice(node.start, node.end);
  }

  #find(program: Node): Node {
    for (const node of nodes(program)) {
      if (node.type === 'AssignmentExpression' && this.#text(node.left as Node) === BOOTSTRAP) return node.right as Node;
    }
    throw new Error(`another sqlite-wasm than vite.sqliteGlue.ts knows: it has no ${BOOTSTRAP}`);
  }

  #visit(node: Node, parent: Node | undefined): void {
    const cut = this.#cut(node, parent);
    if (cut !== undefined) {
      // An element of a list goes with its comma.
      const comma = parent && isList(parent) ? (/^\s*,/.exec(this.code.slice(node.end))?.[0].length ?? 0) : 0;
      this.#cuts.push([node.start, node.end + comma, cut]);
      return;
    }
    for (const child of children(node)) this.#visit(child, node);
  }

  /** What comes in the node's place, undefined where it stays. */
  #cut(node: Node, parent: Node | undefined): string | undefined {
    switch (node.type) {
      case 'ArrayExpression': // the signature of a function
        return parent && isList(parent) && this.#goes(literal((node.elements as Node[])[0])) ? '' : undefined;
      case 'IfStatement': // if (wasm.exports.sqlite3_…)
        if (!this.#asksFor(node.test as Node)) return undefined;
        return node.alternate ? this.#text(node.alternate as Node) : ';';
      case 'ExpressionStatement': // capi.sqlite3_… = …
        return this.#assigns(node.expression as Node) ? ';' : undefined;
      case 'Property': // { sqlite3_…: … }
        return parent?.type === 'ObjectExpression' && this.#goes(this.#text(node.key as Node)) ? '' : undefined;
      case 'CallExpression': // wasm.xWrap('sqlite3_…', …)
        return this.#text(node.callee as Node) === 'wasm.xWrap' && this.#goes(literal((node.arguments as Node[])[0])) ? 'void 0' : undefined;
      default:
        return undefined;
    }
  }

  #goes(name: string): boolean {
    return ofC.test(name) && !this.kept.functions.has(name) && !this.kept.structures.has(name);
  }

  /** Whether a condition is false because an export is gone. */
  #asksFor(test: Node): boolean {
    if (test.type === 'LogicalExpression') return test.operator === '&&' && (this.#asksFor(test.left as Node) || this.#asksFor(test.right as Node));
    const text = this.#text(test).replace(/^!!/, '');
    return text.startsWith('wasm.exports.') && this.#goes(text.slice('wasm.exports.'.length));
  }

  #assigns(expression: Node): boolean {
    if (expression.type !== 'AssignmentExpression') return false;
    const [object = '', name = ''] = this.#text(expression.left as Node).split('.');
    return (object === 'capi' || object === 'util') && this.#goes(name);
  }

  #cutParts(parts: readonly string[]): void {
    const missing = new Set(parts);
    for (const { 0: part, index } of this.code.matchAll(/^\t\tglobalThis\.sqlite3ApiBootstrap\.initializers\.push\(function\(sqlite3\) \{\n[^]*?^\t\t\}\);\n/gm)) {
      const marks = parts.filter((mark) => part.includes(mark));
      for (const mark of marks) missing.delete(mark);
      if (marks.length > 0) this.#cuts.push([index, index + part.length, '']);
    }
    if (missing.size > 0) throw new Error(`another sqlite-wasm than vite.sqlite.ts knows: it has no ${[...missing].join(', ')}`);
  }

  /** The constants that the code names. */
  #used(constants: Constants, code: string): Constants {
    const named = new Set([...code.matchAll(/SQLITE_\w+/g)].map(([name]) => name).concat(this.kept.constants));
    const groups = Object.entries(constants).map(([group, values]) => {
      if (group === 'structs') return [group, constants.structs.filter(({ name }) => this.kept.structures.has(name))];
      return [group, Object.fromEntries(Object.entries(values as object).filter(([name]) => named.has(name)))];
    });
    return Object.fromEntries(groups) as Constants;
  }
}

function isList(node: Node): boolean {
  return ['ArrayExpression', 'CallExpression', 'ObjectExpression'].includes(node.type);
}

function literal(node: Node | undefined): string {
  return node?.type === 'Literal' && typeof node.value === 'string' ? node.value : '';
}

function children(node: Node): Node[] {
  return Object.values(node)
    .flat()
    .filter((value): value is Node => typeof (value as Node | null)?.type === 'string');
}

function* nodes(node: Node): Generator<Node> {
  yield node;
  for (const child of children(node)) yield* nodes(child);
}
