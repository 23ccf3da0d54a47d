import { type Clock, type Logger, onAbort, pause, type Random } from "@conclave/runtime";
import { backoffMs } from "../background/backoff.js";
import type { Lock } from "../lock/lock.js";
import { OwnedPartition, type PartitionEvent as PublicPartitionEvent } from "./partition.js";
import {
  newPartitionState,
  type PartitionEffect,
  type PartitionEvent,
  type PartitionState,
  transition,
} from "./partition-state.js";

/** Dependencies of one partition of a member. */
export interface HeldPartitionOptions {
  readonly key: string;
  readonly lock: Pick<Lock, "acquire">;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
  /** Runs the task. Does not reject. */
  readonly run: (partition: OwnedPartition) => Promise<void>;
  readonly publish: (event: PublicPartitionEvent) => void;
}

/** One partition of one member: executes the effects of {@link transition}. */
export class HeldPartition {
  readonly #options: HeldPartitionOptions;
  #state: PartitionState = newPartitionState;
  #owned: OwnedPartition | undefined;
  #attempt = new AbortController();
  #failures = 0;
  /** Resolves when the last lock has been released. */
  #released: Promise<void> = Promise.resolve();
  #whenIdle: (() => void) | undefined;

  constructor(options: HeldPartitionOptions) {
    this.#options = options;
  }

  /** The partition while this member owns it. */
  get current(): OwnedPartition | undefined {
    return this.#owned?.signal.aborted === false ? this.#owned : undefined;
  }

  assign(isAssigned: boolean): void {
    this.#take({ type: isAssigned ? "assigned" : "unassigned" });
  }

  /** Resolves when the partition is released and no acquisition is pending. Call it after the partition was unassigned. */
  async whenIdle(): Promise<void> {
    if (this.#state.phase !== "idle") {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    }
    await this.#released;
  }

  #take(event: PartitionEvent): void {
    const { state, effects } = transition(this.#state, event);
    this.#state = state;
    for (const effect of effects) this.#execute(effect);
    if (state.phase === "idle") this.#whenIdle?.();
  }

  #execute(effect: PartitionEffect): void {
    switch (effect) {
      case "acquire":
        this.#attempt = new AbortController();
        return void this.#acquire(this.#attempt.signal);
      case "acquireLater":
        return void this.#acquireLater(this.#attempt.signal);
      case "abandon":
        return this.#attempt.abort();
      case "start":
        return void this.#run();
      case "stop":
        return this.#owned?.stop();
      case "release":
        this.#released = this.#release();
        return;
    }
  }

  async #acquire(signal: AbortSignal): Promise<void> {
    const { key, lock, publish, logger } = this.#options;
    try {
      const grant = await lock.acquire({ signal });
      if (signal.aborted) return void grant.release();
      // The grant has ended already, as after a pause of the process: start no task.
      if (grant.signal.aborted) return await this.#acquire(signal);
      this.#failures = 0;
      this.#owned = new OwnedPartition(key, grant);
      // Also called when this member releases the grant: the state machine ignores that.
      onAbort(grant.signal, () => this.#take({ type: "lost" }));
      publish({ type: "acquired", key, fencingToken: grant.fencingToken });
      this.#take({ type: "acquired" });
      if (grant.signal.aborted) this.#take({ type: "lost" });
    } catch (error) {
      if (signal.aborted) return;
      logger.warn(`acquiring the partition ${key} failed; retrying`, { error });
      this.#take({ type: "failed" });
    }
  }

  async #acquireLater(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    await pause(clock, backoffMs(++this.#failures, random), signal);
    if (!signal.aborted) await this.#acquire(signal);
  }

  async #run(): Promise<void> {
    await this.#options.run(this.#owned!);
    this.#take({ type: "ended" });
  }

  async #release(): Promise<void> {
    const owned = this.#owned!;
    this.#owned = undefined;
    await owned.release();
    this.#options.publish({ type: "released", key: owned.key, fencingToken: owned.fencingToken });
  }
}
