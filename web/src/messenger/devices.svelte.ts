import type { Device } from '../core/api.gen';
import { Action } from './action.svelte';
import type { Core } from './core';

/** The account's devices (M15, M17, M18). Only the primary may change them (M21); the core holds it to that. */
export class DeviceList {
  #core: Core;
  #devices = $state.raw<Device[]>([]);
  #limit = $state(0);
  #loaded = $state(false);
  #stop: (() => void)[] = [];
  readonly loading = new Action();

  constructor(core: Core) {
    this.#core = core;
  }

  get all(): Device[] {
    return this.#devices;
  }

  get linked(): number {
    return this.#devices.filter((device) => !device.primary).length;
  }

  get limit(): number {
    return this.#limit;
  }

  get full(): boolean {
    return this.#loaded && this.linked >= this.#limit;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  async start(): Promise<void> {
    const again = () => void this.load();
    this.#stop = [this.#core.on('devices', again), this.#core.on('reset', again)];
    await this.load();
  }

  stop(): void {
    for (const stop of this.#stop) stop();
  }

  async load(): Promise<void> {
    await this.loading.run(async () => {
      const { devices, limit } = await this.#core.call('devices', {});
      this.#devices = devices;
      this.#limit = limit;
      this.#loaded = true;
    });
  }

  async rename(id: string, name: string): Promise<void> {
    await this.#core.call('renameDevice', { id, name: name.trim() });
    await this.load();
  }

  /** All but this one (M20). */
  async removeOthers(): Promise<void> {
    await this.#core.call('removeOtherDevices', {});
    await this.load();
  }

  /** The list as a file for a spreadsheet (M39). */
  async exported(): Promise<Blob> {
    const { text } = await this.#core.call('exportDevices', {});
    return new Blob([text], { type: 'text/csv;charset=utf-8' });
  }

  async remove(id: string): Promise<void> {
    await this.#core.call('removeDevice', { id });
    await this.load();
  }
}
