// Commands of the product as real processes.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { binary } from './paths.mjs';
import { Changes, within } from './wait.mjs';

/** A command that runs beside the test. */
export class Process {
  lines = [];
  errors = '';
  changes = new Changes();

  constructor(args, input = 'ignore') {
    this.args = args;
    this.child = spawn(binary, args, { stdio: [input, 'pipe', 'pipe'] });
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.lines.push(line);
      this.changes.tell();
    });
    this.child.stderr.on('data', (data) => (this.errors += data));
    this.ended = new Promise((resolve) => this.child.on('close', (code, signal) => resolve(code ?? signal)));
  }

  /** The first line of standard output that fits, from line number `from` on. */
  line(fits, from = 0) {
    const complaint = () => `parley ${this.args[0]} did not print the line that was due.\n${this.lines.slice(-5).join('\n')}\n${this.errors.slice(-2000)}`;
    return this.changes.until(() => this.lines.slice(from).find(fits), complaint);
  }

  /** Resolves with the exit status when the command has ended by itself. */
  exit() {
    return within(this.ended, () => `parley ${this.args[0]} did not end.\n${this.errors.slice(-2000)}`);
  }

  /** Ends it if it runs, by default like a power cut. */
  async stop(signal = 'SIGKILL') {
    this.child.kill(signal);
    await this.ended;
  }
}

/** Runs a command to its end; gives its exit status and what it printed. */
export async function run(args, { input } = {}) {
  const command = new Process(args, input === undefined ? 'ignore' : 'pipe');
  if (input !== undefined) command.child.stdin.end(input);
  const status = await command.exit();
  return { status, out: command.lines.join('\n'), errors: command.errors };
}
