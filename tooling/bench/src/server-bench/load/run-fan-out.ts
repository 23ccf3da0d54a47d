import { Xid } from "@conclave/protocol";
import { median } from "../../statistics.ts";
import { closeCrowd, openCrowd } from "./crowd.ts";
import type { FanOutJob, JobResult } from "./job.ts";
import { startMeter } from "./meter.ts";
import { TARGET } from "./paths.ts";
import { RawConnection, xidOf } from "./raw-connection.ts";
import { getFrame, setFrame } from "./request-frames.ts";

/** The time runs from the set that one session sends until the last watcher has read its notification. */
export async function runFanOut({ port, pid, watchers, times }: FanOutJob): Promise<JobResult> {
  const crowd = await openCrowd(port, watchers);
  const setter = await RawConnection.open(port);
  const watch = getFrame(TARGET, true);
  const set = setFrame(TARGET);
  const toldMs: number[] = [];
  let cpuUs = 0;
  let ownCpuUs = 0;
  for (let time = 0; time < times; time++) {
    await Promise.all(crowd.map((connection) => connection.ask(watch)));
    const told = allTold(crowd);
    const stop = startMeter(pid);
    const answered = setter.ask(set);
    await told;
    const used = stop();
    await answered;
    toldMs.push(used.ms);
    cpuUs += used.cpuUs;
    ownCpuUs += used.ownCpuUs;
  }
  await closeCrowd([...crowd, setter]);
  return { toldMs: median(toldMs), cpuUs: cpuUs / times, ownCpuUs: ownCpuUs / times };
}

function allTold(crowd: readonly RawConnection[]): Promise<void> {
  let left = crowd.length;
  return new Promise((resolve, reject) => {
    for (const connection of crowd) {
      connection.onLost = reject;
      connection.onFrame = (bytes, start) => {
        if (xidOf(bytes, start) === Xid.notification && --left === 0) resolve();
      };
    }
  });
}
