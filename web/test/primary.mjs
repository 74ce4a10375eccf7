// A primary on the command line with many messages, for measurements (needs bin/parley and bin/historydata).
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Process, run } from '../e2e/harness/process.mjs';
import { Relay } from '../e2e/harness/relay.mjs';

const tool = new URL('../../bin/historydata', import.meta.url).pathname;

/** What the kernel knows of a process: the most memory it had, MiB, and the CPU it used, seconds. */
export function usage(child) {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return { peak: Math.round(/VmHWM:\s+(\d+)/.exec(status)[1] / 1024), cpu: (Number(stat[11]) + Number(stat[12])) / 100 };
}

/** Runs a measurement with a relay and a primary that has so many messages in 100 chats. `more` are flags of historydata. */
export async function withPrimary(messages, measure, more = []) {
  const relay = await new Relay().start();
  const folder = mkdtempSync(join(tmpdir(), 'parley-history-'));
  const home = join(folder, 'home');
  try {
    const began = performance.now();
    execFileSync(tool, ['-relay', relay.url, '-data', relay.data, '-home', home, '-chats', '100', '-messages', String(messages), ...more], { stdio: 'inherit' });
    console.log(`${messages} messages made in ${Math.round(performance.now() - began)} ms`);
    const primary = new Process(['receive', '--home', home]);
    const accept = (uri) => run(['devices', 'link', uri, '--yes', '--home', home]);
    await run(['status', '--home', home]);
    await measure({ relay, primary, accept, before: usage(primary.child) });
    await primary.stop();
  } finally {
    await relay.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
