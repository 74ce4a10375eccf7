// A bad network between a browser and the relay: a TCP proxy on this machine.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** Bytes of one packet, of which each may be lost. */
const PACKET = 1400;

/** A packet that is lost is sent again after at least this time, RFC 6298. */
const RETRANSMISSION_MS = 200;

export class Network {
  #sockets = new Set();
  #target;
  #random;
  #delay = 0;
  #loss = 0;
  #up = true;
  #flapping;

  /** Between a browser and that relay; `seed` decides which packets are lost. */
  constructor(relay, seed = 1) {
    this.#target = Number(new URL(relay.url).port);
    this.#random = seed;
  }

  async start() {
    this.server = createServer((near) => this.#join(near)).listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  /** From now on a packet and its answer take that time, and that part of all packets is lost. */
  slow(roundTripMs, loss) {
    this.#delay = roundTripMs / 2;
    this.#loss = loss;
  }

  /** Cuts all connections; new ones fail until `restore`. */
  cut() {
    this.#up = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  restore() {
    this.#up = true;
  }

  /** Is up and down in turns, until `steady`. */
  flap(upMs, downMs) {
    const down = () => {
      this.cut();
      this.#flapping = setTimeout(up, downMs);
    };
    const up = () => {
      this.restore();
      this.#flapping = setTimeout(down, upMs);
    };
    up();
  }

  steady() {
    clearTimeout(this.#flapping);
    this.restore();
  }

  async close() {
    this.steady();
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  #join(near) {
    if (!this.#up) return near.destroy();
    const far = connect(this.#target, '127.0.0.1');
    for (const [from, to] of [[near, far], [far, near]]) this.#carry(from, to);
  }

  #carry(from, to) {
    this.#sockets.add(from);
    from.setNoDelay(true);
    let last = 0;
    const after = (run) => {
      last = Math.max(last, performance.now() + this.#delay);
      setTimeout(run, last - performance.now());
    };
    from.on('data', (data) => {
      last += this.#losses(data.length) * (RETRANSMISSION_MS + 2 * this.#delay);
      from.pause(); // no more is under way than what was read at once
      after(() => {
        to.write(data);
        from.resume();
      });
    });
    from.on('end', () => after(() => to.end()));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      if (from.errored || from.destroyed) after(() => to.destroy());
    });
  }

  /** How many of the packets of that many bytes are lost. */
  #losses(bytes) {
    let lost = 0;
    for (let sent = 0; sent < bytes; sent += PACKET) {
      this.#random = (this.#random * 48271) % 2147483647; // Park and Miller
      if (this.#random / 2147483647 < this.#loss) lost++;
    }
    return lost;
  }
}
