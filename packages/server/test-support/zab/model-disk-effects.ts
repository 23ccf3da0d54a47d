import type { LeaderEffect, LeaderEvent } from "../../src/zab/leader/leader-events.js";
import type { LearnerEffect, LearnerEvent } from "../../src/zab/learner/learner-events.js";
import type { ModelInvariants } from "./model-invariants.js";
import type { ModelServer } from "./model-server.js";

type DiskEffect = Extract<
  LeaderEffect | LearnerEffect,
  { type: `store${string}` | "append" | "flush" | "activateConfiguration" }
>;

type Report = () => LeaderEvent | LearnerEvent | undefined;

/** Adds an operation on snapshot and log. It takes effect when it is run; those before it are run first. */
export function addLogTask(server: ModelServer, run: () => void, event: Report): void {
  server.logTasks.push({ run, event });
}

/** Adds an operation on another file. Its order among those on the log is open. */
function addFileTask(server: ModelServer, run: () => void, event: Report): void {
  server.fileTasks.push({ run, event });
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
      return addLogTask(server, flush, () => ({ type: "durable", zxid: effect.zxid }));
    }
    case "storeAcceptedEpoch": {
      const store = () => {
        invariants.accepts(server, effect.epoch);
        disk.acceptedEpoch = effect.epoch;
      };
      return addFileTask(server, store, () => ({ type: "acceptedEpochStored" }));
    }
    case "storeCurrentEpoch": {
      const store = () => {
        invariants.joins(server, effect.epoch);
        disk.currentEpoch = effect.epoch;
      };
      return addFileTask(server, store, () => ({ type: "currentEpochStored" }));
    }
    case "storeSeenConfiguration": {
      const store = () => {
        disk.configurations = disk.configurations.propose(effect.configuration);
      };
      return addFileTask(server, store, () => ({ type: "seenConfigurationStored" }));
    }
    case "activateConfiguration": {
      const activate = () => {
        disk.configurations = disk.configurations.activate(effect.configuration);
      };
      return addFileTask(server, activate, () => undefined);
    }
  }
}
