// A server that gets a newer version of the app while pages of the older one are open: a proxy before the relay.
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';

export class Release {
  #relay;
  #sockets = new Set();
  /** The newer version is there. */
  out = false;

  constructor(relay) {
    this.#relay = new URL(relay.url);
  }

  async start() {
    this.server = createServer((asked, answer) => void this.#pass(asked, answer));
    this.server.on('connection', (socket) => this.#sockets.add(socket));
    this.server.on('upgrade', (asked, near, head) => this.#join(asked, near, head));
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  #options(asked) {
    const headers = { ...asked.headers };
    if (asked.url === '/' || asked.url === '/sw.js') headers['accept-encoding'] = 'identity';
    return { host: this.#relay.hostname, port: this.#relay.port, method: asked.method, path: asked.url, headers };
  }

  async #pass(asked, answer) {
    const passed = request(this.#options(asked));
    passed.on('error', () => answer.destroy());
    asked.pipe(passed);
    const [given] = await once(passed, 'response').catch(() => []);
    if (!given) return;
    const newer = this.out && given.statusCode === 200 && { '/': (text) => text.replace('<html ', '<html data-newer '), '/sw.js': (text) => `${text}\n// newer` }[asked.url];
    if (!newer) {
      answer.writeHead(given.statusCode, given.headers);
      return given.pipe(answer);
    }
    let text = '';
    for await (const part of given.setEncoding('utf8')) text += part;
    const { 'content-length': _length, etag: _etag, ...headers } = given.headers;
    answer.writeHead(200, headers).end(newer(text));
  }

  /** WebSockets, byte for byte. */
  #join(asked, near, head) {
    const far = connect(Number(this.#relay.port), this.#relay.hostname, () => {
      const lines = asked.rawHeaders.reduce((all, part, at) => all + (at % 2 ? `${part}\r\n` : `${part}: `), '');
      far.write(`${asked.method} ${asked.url} HTTP/1.1\r\n${lines}\r\n`);
      far.write(head);
      near.pipe(far).pipe(near);
    });
    this.#sockets.add(far);
    for (const one of [near, far]) one.on('error', () => (near.destroy(), far.destroy()));
  }

  close() {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
  }
}
