import { Action } from './action.svelte';
import type { BrowserChecks, Finding } from './browserChecks';
import type { Core, Problem } from './core';

const order: Finding['id'][] = [
  'app', 'dns', 'tls', 'http', 'websocket', 'relay', 'versions', 'clock', 'account', 'device', 'primary', 'storage', 'room', 'lasting', 'worker', 'camera', 'notifications', 'push',
  'outbox', 'chats', 'messages', 'history', 'keyPackages',
];
const severity = { failed: 0, warning: 1, unknown: 2, ok: 3 } as const;

/** What works on this device and what does not (M192–M199): the checks of the core, and beside them those of the page. */
export class Diagnosis {
  #core: Core;
  #browser: BrowserChecks;
  #failure: Problem | undefined;
  #findings = $state.raw<Finding[]>([]);
  #runs = $state(0);
  readonly running = new Action();
  readonly repairing = new Action();

  /** failure is why the core could not be started, if it could not. */
  constructor(core: Core, browser: BrowserChecks, failure?: Problem) {
    this.#failure = failure;
    this.#core = core;
    this.#browser = browser;
  }

  /** What needs attention first, and then in the order in which one thing needs the other. */
  get findings(): Finding[] {
    return this.#findings;
  }

  /** How often it has been run to its end. */
  get runs(): number {
    return this.#runs;
  }

  /** How many need attention. */
  get count(): number {
    return this.#findings.filter(({ state }) => state === 'failed' || state === 'warning').length;
  }

  async run(): Promise<void> {
    await this.running.run(async () => {
      const [own, others] = await Promise.all([this.#failure ? this.#withoutCore(this.#failure) : this.#ofCore(), this.#browser.all()]);
      this.#findings = [...own, ...others].sort((a, b) => severity[a.state] - severity[b.state] || order.indexOf(a.id) - order.indexOf(b.id));
      this.#runs++;
    });
  }

  async #ofCore(): Promise<Finding[]> {
    const status = await this.#core.call('status', {});
    const server = status.relay ?? this.#browser.origin;
    const [{ checks }, http] = await Promise.all([this.#core.call('diagnose', { relay: server }), this.#browser.http(server)]);
    const evicted = this.#browser.evicted(status);
    const judge = (check: Finding): Finding => {
      if (evicted && check.code === 'no_account') return { ...check, state: 'failed', code: 'evicted' };
      return judged(check, http, server === this.#browser.origin);
    };
    return [...checks.map(judge), ...(http ? [http] : [])];
  }

  /** The core could not be started: the page finds out what it can (M195). */
  async #withoutCore(failure: Problem): Promise<Finding[]> {
    const http = await this.#browser.http(this.#browser.origin);
    return [{ id: 'app', state: 'failed', code: 'app_failed', cause: failure.code }, ...(http ? [http] : [])];
  }

  /** Joins all chats anew and asks for everything again (M113). */
  repair(): Promise<boolean> {
    return this.repairing.run(async () => {
      await this.#core.call('repairDevice', {});
    });
  }

  async tryCamera(): Promise<void> {
    await this.#browser.tryCamera();
    await this.run();
  }

  async allowNotifications(): Promise<void> {
    await this.#browser.allowNotifications();
    await this.run();
  }

  async keep(): Promise<void> {
    await this.#browser.keep();
    await this.run();
  }
}

/** A check of the core, in the light of what the page knows. */
function judged(check: Finding, http: Finding | undefined, ours: boolean): Finding {
  if (check.code === 'websocket_failed' && http?.state === 'ok') return { ...check, code: 'websocket_blocked' };
  // The app comes from its server, so it has the server's version after a reload.
  if (ours && check.code === 'versions_fit' && check.relaySoftware && check.software !== check.relaySoftware) {
    return { ...check, state: 'warning', code: 'app_other_version' };
  }
  return check;
}

/** What a report may hold of a finding: codes, and what was measured. */
const measured = ['count', 'total', 'offsetMs', 'tookMs', 'ageMs', 'leftMs', 'freeBytes', 'httpStatus', 'software', 'relaySoftware', 'cause'] as const;

/** The findings as text for the operator, without anything about the person. */
export function reportOf(findings: Finding[], browser: string, at: number): string {
  const lines = findings.map((finding) => {
    const values = measured.filter((name) => finding[name]).map((name) => ` ${name}=${finding[name]}`);
    return `${finding.state.padEnd(8)}${finding.id.padEnd(14)}${finding.code}${values.join('')}`;
  });
  return [`Parley, ${new Date(at).toISOString()}, ${browser}`, ...lines, ''].join('\n');
}
