import type { Random } from "@conclave/runtime";
import { VirtualDisk } from "../disk/virtual-disk.ts";
import type { Host } from "../network/links.ts";
import type { VirtualNetwork } from "../network/virtual-network.ts";
import { Life } from "../time/life.ts";
import type { Scheduler } from "../time/scheduler.ts";
import { MachineTime } from "../time/virtual-clock.ts";

export interface MachineOptions {
  readonly host: Host;
  readonly scheduler: Scheduler;
  readonly network: VirtualNetwork;
  readonly disk: VirtualDisk;
  readonly time: MachineTime;
  readonly random: Random;
  /** Starts the process of this machine. */
  readonly boot: (life: Life) => void;
}

/** A machine that runs one process: its clocks and its disk outlive the process, and the disk outlives a loss of power. */
export class Machine {
  readonly #options: MachineOptions;
  #life: Life | undefined;
  #lives = 0;

  constructor(options: MachineOptions) {
    this.#options = options;
  }

  get host(): Host {
    return this.#options.host;
  }

  get disk(): VirtualDisk {
    return this.#options.disk;
  }

  get time(): MachineTime {
    return this.#options.time;
  }

  /** The running process; `undefined` while there is none. */
  get life(): Life | undefined {
    return this.#life;
  }

  start(): void {
    if (this.#life !== undefined) return;
    const { host, network, boot } = this.#options;
    network.powerRestored(host);
    this.#life = new Life(`${host} life ${++this.#lives}`);
    boot(this.#life);
  }

  /** The process ends at once, as by SIGKILL: the kernel closes its connections, and keeps written bytes. */
  kill(): void {
    const life = this.#life;
    if (life === undefined) return;
    this.#life = undefined;
    life.end();
    this.#options.network.processEnded(life);
  }

  /** Everything stops. Bytes and names that no sync covers may be lost. */
  losePower(): void {
    const { host, network, disk } = this.#options;
    const life = this.#life ?? new Life(host);
    this.#life = undefined;
    life.end();
    network.powerLost(host, life);
    disk.losePower();
  }

  pause(): void {
    this.#life?.pause();
  }

  resume(): void {
    if (this.#life?.isPaused !== true) return;
    this.#options.scheduler.resume(this.#life, this.#options.random.float() < 0.5);
  }
}
