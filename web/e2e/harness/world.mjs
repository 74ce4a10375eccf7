// What one test has: a relay, and devices that are put away at its end.
import { App } from './app.mjs';
import { Browser } from './browser.mjs';
import { Cli } from './cli.mjs';
import { Firefox } from './firefox.mjs';
import { Network } from './network.mjs';
import { Relay } from './relay.mjs';
import { Release } from './release.mjs';

export const alice = { phone: '+32470000001', name: 'Alice' };
export const bob = { phone: '+32470000002', name: 'Bob' };

/** Runs a test in a world of its own and puts everything away, also when it fails. */
export function inWorld(test, settings) {
  return async (t) => {
    const world = new World(t);
    try {
      await world.relay.start(settings);
      await test(world, t);
    } finally {
      await world.close();
    }
  };
}

class World {
  #things = [];
  relay = this.#keep(new Relay());

  constructor(t) {
    this.t = t;
  }

  #keep(thing) {
    this.#things.push(thing);
    return thing;
  }

  /** A browser that runs. */
  browser(options) {
    return this.#keep(new Browser(options)).start();
  }

  /** A bad network to the relay: what opens its address instead goes through it. */
  network() {
    return this.#keep(new Network(this.relay)).start();
  }

  /** A proxy to the relay, at which a newer version of the app comes out. */
  release() {
    return this.#keep(new Release(this.relay)).start();
  }

  /** A Firefox that runs. */
  firefox() {
    return this.#keep(new Firefox()).start();
  }

  /** A browser with the app in a tab. */
  async app(options) {
    return App.open(await this.browser(options), this.relay.url);
  }

  /** A browser that is the primary of a new account. */
  async primary({ phone, name }, options) {
    const app = await this.app(options);
    await app.register(this.relay, phone, name);
    return app;
  }

  /** A browser that a command line has linked. */
  async linkedTo(cli, name, options) {
    const app = await this.app(options);
    await cli.accept(await app.showLink(name));
    await app.linked();
    return app;
  }

  cli() {
    return this.#keep(new Cli(this.relay));
  }

  /** A command line that is the primary of a new account. */
  cliPrimary({ phone, name }) {
    return this.cli().register(phone, name);
  }

  /** Errors that no page expects. */
  get problems() {
    return this.#things.flatMap((thing) => thing.problems ?? []);
  }

  /** Puts away in the opposite order of making. */
  async close() {
    for (const thing of this.#things.reverse()) await thing.close();
  }
}
