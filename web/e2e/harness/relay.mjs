// A relay of one test: a process, a folder and a port of its own.
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Process, run } from './process.mjs';

export class Relay {
  #folder = mkdtempSync(join(tmpdir(), 'parley-relay-'));
  #listen = '127.0.0.1:0';
  /** Starts with http://; stays the same over restarts. */
  url = '';

  /** `settings` is the text of a configuration file. */
  async start(settings = '') {
    const config = join(this.#folder, 'parley.toml');
    writeFileSync(config, settings);
    this.process = new Process(['serve', '--config', config, '--data', this.data, '--listen', this.#listen]);
    const line = await this.process.line((line) => line.includes('http://127.0.0.1:'));
    this.#listen = /http:\/\/(\S+)/.exec(line)[1];
    this.url = `http://${this.#listen}`;
    return this;
  }

  get data() {
    return join(this.#folder, 'data');
  }

  /** Bytes of the database. */
  get size() {
    return statSync(join(this.data, 'relay.db')).size;
  }

  /** What a power cut does. */
  async kill() {
    await this.process.stop('SIGKILL');
  }

  /** What an operator does. */
  async stop() {
    await this.process.stop('SIGTERM');
  }

  async close() {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** How many lines the operator has seen; for `code`. */
  get seen() {
    return this.process.lines.length;
  }

  /** The registration code that the operator reads in the relay's window. */
  async code(phone, from = 0) {
    const start = `registration code for ${phone}: `;
    const line = await this.process.line((line) => line.includes(start), from);
    return line.slice(line.indexOf(start) + start.length).trim();
  }

  /** A code from the operator, without the console. */
  async invite(phone) {
    const { status, out, errors } = await run(['admin', 'invite', '--data', this.data, '--phone', phone]);
    if (status !== 0) throw new Error(`admin invite: ${errors}`);
    return out.trim();
  }
}
