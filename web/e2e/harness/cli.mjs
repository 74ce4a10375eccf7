// A device on the command line: a home and the commands on it.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Process, run } from './process.mjs';
import { within } from './wait.mjs';

export class Cli {
  #folder = mkdtempSync(join(tmpdir(), 'parley-home-'));
  #receiver;
  #rpcs = [];

  constructor(relay) {
    this.relay = relay;
  }

  get #home() {
    return ['--home', join(this.#folder, 'home')];
  }

  /** Runs a command on this device. */
  run(args, options) {
    return run([...args, ...this.#home], options);
  }

  /** Runs a command that must succeed; gives what it printed. */
  async want(...args) {
    const { status, out, errors } = await this.run(args);
    if (status !== 0) throw new Error(`parley ${args.join(' ')}: exit status ${status}: ${out}${errors}`);
    return out;
  }

  start(args, input) {
    return new Process([...args, ...this.#home], input);
  }

  async register(phone, name) {
    const code = await this.relay.invite(phone);
    await this.want('register', '--relay', this.relay.url, '--phone', phone, '--name', name, '--code', code);
    return this;
  }

  /** Shows a link code; `offer()` gives the next one, `linked()` resolves with the exit status. */
  link(name) {
    const linking = this.start(['link', '--relay', this.relay.url, '--device-name', name, '--json']);
    let from = 0;
    const offer = async () => {
      const line = await linking.line((line) => line.includes('"event":"offer"'), from);
      from = linking.lines.indexOf(line) + 1;
      return JSON.parse(line).data.uri;
    };
    return { offer, linked: () => linking.exit(), stop: () => linking.stop() };
  }

  /** Shows a link code to be typed: `code()` and then `words()`; what is written to `answer` says whether they are the same. */
  linkByCode(name) {
    const linking = this.start(['link', '--code', '--relay', this.relay.url, '--device-name', name, '--json'], 'pipe');
    const data = async (event) => JSON.parse(await linking.line((line) => line.includes(`"event":"${event}"`))).data;
    return {
      code: async () => (await data('code')).code,
      words: async () => (await data('words')).words,
      answer: (text) => linking.child.stdin.write(`${text}\n`),
      linked: () => linking.exit(),
    };
  }

  /** On the primary: types a code; `line` waits for what it shows, `answer` answers its questions. */
  typeCode(code) {
    const typing = this.start(['devices', 'link', code], 'pipe');
    return {
      line: (fits) => typing.line(fits),
      answer: (text) => typing.child.stdin.write(`${text}\n`),
      done: () => typing.exit(),
    };
  }

  /** On the primary: links the device whose code was shown. */
  async accept(uri) {
    await this.want('devices', 'link', uri, '--yes');
  }

  /** A bot on this device. */
  rpc() {
    const rpc = new Rpc(this.start(['rpc'], 'pipe'));
    this.#rpcs.push(rpc);
    return rpc;
  }

  async send(to, text) {
    await this.want('send', '--to', to, text);
  }

  /** Receives from now on, as long as the test runs. */
  receive() {
    this.#receiver = this.start(['receive']);
    return this;
  }

  /** The texts with somebody that are on this device, in their order. */
  async texts(phone) {
    const { messages } = JSON.parse(await this.want('messages', '--with', phone, '--limit', '10000', '--json'));
    return messages.filter((message) => message.kind === 'text').map((message) => message.text);
  }

  /** Waits until all texts have come and have their place. */
  async received(texts) {
    const missing = new Set(texts);
    let read = 0;
    const look = () => {
      for (; read < this.#receiver.lines.length; read++) {
        const { event, data } = JSON.parse(this.#receiver.lines[read]);
        if (event === 'message' && data.status !== 'pending') missing.delete(data.text);
      }
      return missing.size === 0;
    };
    await this.#receiver.changes.until(look, () => `The command line did not receive ${[...missing].slice(0, 5)}`);
  }

  /** Waits until a chat is as wanted on this device, which receives. */
  chat(phone, wanted) {
    return this.#event('chat', (chat) => chat.phone === phone && wanted(chat));
  }

  /** Waits until a message is as wanted on this device, which receives. */
  message(wanted) {
    return this.#event('message', wanted);
  }

  #event(name, wanted) {
    const look = () => this.#receiver.lines.map((line) => JSON.parse(line)).some(({ event, data }) => event === name && wanted(data));
    return this.#receiver.changes.until(look, () => `The command line did not hear of the ${name}`);
  }

  /** Waits until all texts have come; then there must be no others, each once and in order. */
  async shows(phone, texts) {
    await this.received(texts);
    assert.deepEqual(await this.texts(phone), texts);
  }

  async close() {
    await this.#receiver?.stop();
    for (const rpc of this.#rpcs) await rpc.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** JSON-RPC with the core of a device. */
class Rpc {
  #process;
  #calls = new Map();
  #last = 0;
  /** Called with every event and its data. */
  onEvent = () => undefined;

  constructor(process) {
    this.#process = process;
    createInterface({ input: process.child.stdout }).on('line', (line) => this.#read(JSON.parse(line)));
  }

  #read({ id, result, error, method, params }) {
    if (method) return this.onEvent(method, params);
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (error) call?.reject(new Error(`${error.data?.code ?? error.code}: ${error.message}`));
    else call?.resolve(result);
  }

  call(method, params = {}) {
    const id = ++this.#last;
    const answer = new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject }));
    this.#process.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    return within(answer, () => `rpc: ${method} was not answered`);
  }

  stop() {
    return this.#process.stop();
  }
}
