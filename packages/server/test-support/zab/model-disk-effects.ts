import type { LeaderEffect, LeaderEvent } from "../../src/zab/leader/leader-events.js";
import type { LearnerEffect, LearnerEvent } from "../../src/zab/learner/learner-events.js";
import type { ModelInvariants } from "./model-invariants.js";
import type { ModelServer } from "./model-server.js";

type DiskEffect = Extract<
  LeaderEffect | LearnerEffect,
  { type: `store${string}` | "append" | "flush" | "activateConfiguration" }
>;

/** Adds a disk operation of a server. It takes effect when it is run; the operations before it are run first. */
export function addTask(
  server: ModelServer,
  run: () => void,
  event: () => LeaderEvent | LearnerEvent | undefined,
): void {
  server.tasks.push({ run, event });
}

/** Executes an effect that both machines have. */
export function executeOnDisk(server: ModelServer, effect: DiskEffect, invariants: ModelInvariants): void {
  const { disk } = server;
  switch (effect.type) {
    case "append":
      return disk.append(effect.record);
    case "flush": {
      const count = disk.zxids.length;
      const flush = () => {
        disk.durable = Math.max(disk.durable, count);
      };
      return addTask(server, flush, () => ({ type: "durable", zxid: effect.zxid }));
    }
    case "storeAcceptedEpoch": {
      const store = () => {
        invariants.accepts(server, effect.epoch);
        disk.acceptedEpoch = effect.epoch;
      };
      return addTask(server, store, () => ({ type: "acceptedEpochStored" }));
    }
    case "storeCurrentEpoch": {
      const store = () => {
        invariants.joins(server, effect.epoch);
        disk.currentEpoch = effect.epoch;
      };
      return addTask(server, store, () => ({ type: "currentEpochStored" }));
    }
    case "storeSeenConfiguration": {
      const store = () => {
        disk.configurations = disk.configurations.propose(effect.configuration);
      };
      return addTask(server, store, () => ({ type: "seenConfigurationStored" }));
    }
    case "activateConfiguration": {
      const activate = () => {
        disk.configurations = disk.configurations.activate(effect.configuration);
      };
      return addTask(server, activate, () => undefined);
    }
  }
}
