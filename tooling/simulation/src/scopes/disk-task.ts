import { demand } from "../check/violation.ts";
import type { MachineEvent } from "./machine-memory.ts";
import type { Mistake } from "./mistakes.ts";
import type { ServerState, Task } from "./model-state.ts";

type DraftServer = { -readonly [K in keyof ServerState]: ServerState[K] };

/** Does a disk operation of a server. Returns the event that reports its end. Epochs never go back. */
export function runTask(server: DraftServer, task: Task, mistake: Mistake | undefined): MachineEvent {
  const { id, acceptedEpoch, currentEpoch, zxids, durable } = server;
  switch (task.kind) {
    case "accepted":
      demand(task.epoch > acceptedEpoch, () => `${id} accepts epoch ${task.epoch} after ${acceptedEpoch}`);
      if (mistake !== "epochs are not stored") server.acceptedEpoch = task.epoch;
      return { type: "acceptedEpochStored" };
    case "current":
      demand(
        task.epoch >= currentEpoch && task.epoch <= acceptedEpoch,
        () => `${id} joins epoch ${task.epoch} after ${currentEpoch}; it has accepted ${acceptedEpoch}`,
      );
      server.currentEpoch = task.epoch;
      return { type: "currentEpochStored" };
    case "flush":
      if (mistake !== "flushes keep nothing") server.durable = Math.max(durable, task.count);
      return { type: "durable", zxid: task.zxid };
    case "truncate": {
      if (mistake === "truncations are left out") return { type: "truncated", lastZxid: task.zxid };
      const count = task.zxid === 0n ? 0 : zxids.indexOf(task.zxid) + 1;
      if (count > 0 || task.zxid === 0n) Object.assign(server, { zxids: zxids.slice(0, count), durable: count });
      server.applied = server.zxids.at(-1) ?? 0n;
      return { type: "truncated", lastZxid: server.applied };
    }
    case "install":
      Object.assign(server, { zxids: task.zxids, durable: task.zxids.length, applied: task.zxid });
      return { type: "snapshotInstalled", zxid: task.zxid };
  }
}

/** Returns each content that the disk of a server may have after a loss of power. All of it is durable. */
export function disksAfterCrash(server: ServerState, mistake: Mistake | undefined): Partial<ServerState>[] {
  const { zxids, durable, tasks } = server;
  const logs: Partial<ServerState>[] = [];
  for (let kept = durable; kept <= zxids.length; kept++) logs.push({ zxids: zxids.slice(0, kept), durable: kept });
  const onLog = tasks.find(({ on }) => on === "log");
  if (onLog !== undefined && onLog.kind !== "flush") {
    const copy = { ...server };
    runTask(copy, onLog, mistake);
    logs.push({ zxids: copy.zxids, durable: copy.durable });
  }
  const onEpochs = tasks.find(({ on }) => on === "epochs");
  if (onEpochs === undefined) return logs;
  const copy = { ...server };
  runTask(copy, onEpochs, mistake);
  const { acceptedEpoch, currentEpoch } = copy;
  return logs.flatMap((log) => [log, { ...log, acceptedEpoch, currentEpoch }]);
}
