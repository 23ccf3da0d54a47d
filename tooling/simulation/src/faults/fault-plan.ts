import type { Random } from "@conclave/runtime";
import type { World } from "../world/world.ts";
import { FAULTS, type Fault } from "./fault-kinds.ts";

/** Causes faults at random times, until their number is reached. */
export class FaultPlan {
  readonly #world: World;
  readonly #random: Random;
  /** Numbers of faults by kind. */
  readonly counts: Record<string, number> = {};
  #left: number;
  readonly #kinds: readonly (readonly [name: string, weight: number, fault: Fault])[];

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
    this.#left = world.settings.faults;
    this.#kinds = Object.entries(FAULTS)
      .filter(([name]) => name !== "reconfiguration" || world.settings.member.reconfigEnabled)
      .map(([name, [weight, fault]]) => [name, weight, fault]);
  }

  get isDone(): boolean {
    return this.#left === 0;
  }

  start(): void {
    this.#next();
  }

  #next(): void {
    const { scheduler, settings } = this.#world;
    const random = this.#random;
    // Now and then a calm, in which the ensemble recovers.
    const isCalm = random.float() < 0.1;
    const ms = isCalm ? 3000 : -Math.log(1 - random.float()) * settings.faultEveryMs;
    scheduler.after(ms, undefined, () => {
      if (this.isDone) return;
      const [name, fault] = this.#choose();
      this.#left--;
      this.counts[name] = (this.counts[name] ?? 0) + 1;
      this.#world.note("fault", name);
      fault(this.#world, random);
      this.#next();
    });
  }

  #choose(): [name: string, fault: Fault] {
    let at = this.#random.float() * this.#kinds.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight, fault] of this.#kinds) {
      at -= weight;
      if (at < 0) return [name, fault];
    }
    throw new Error("the weights of all faults are less than their sum");
  }
}

/** Ends every fault: all ways are open, all clocks and disks work, and all processes run. */
export function heal({ links, running, clients }: World): void {
  links.openAll();
  for (const { machine } of running) {
    Object.assign(machine.disk, { slowness: 1, isFull: false, failing: 0 });
    machine.time.setRate(1);
    machine.resume();
    machine.start();
  }
  for (const client of clients) client.resume();
}
