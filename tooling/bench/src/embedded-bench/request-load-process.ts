/** Sends requests to the replicas of an app in turn, at a steady rate that does not wait for answers, and reports their times. */
import { Agent, get } from "node:http";
import { report } from "../processes/child.ts";
import { type Latencies, latenciesOf } from "./latencies.ts";

export interface RequestLoad {
  readonly ports: readonly number[];
  readonly perSecond: number;
  readonly seconds: number;
}

export interface RequestsDone extends Latencies {
  readonly type: "done";
}

const agent = new Agent({ keepAlive: true });

process.on("message", (load: RequestLoad) => void run(load).then((latencies) => report<RequestsDone>(latencies)));
process.once("disconnect", () => process.exit(0));

function run({ ports, perSecond, seconds }: RequestLoad): Promise<RequestsDone> {
  const count = perSecond * seconds;
  const times: number[] = [];
  const startedAt = performance.now();
  let sent = 0;
  return new Promise((resolve, reject) => {
    const send = (port: number): void => {
      const sentAt = performance.now();
      const request = get({ host: "127.0.0.1", port, path: `/orders/${sent}`, agent }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
        response.resume().once("end", () => {
          times.push(performance.now() - sentAt);
          if (times.length < count) return;
          clearInterval(timer);
          resolve({ type: "done", ...latenciesOf(times) });
        });
      });
      request.once("error", reject);
    };
    const timer = setInterval(() => {
      const due = Math.min(count, ((performance.now() - startedAt) / 1000) * perSecond);
      while (sent < due) send(ports[sent++ % ports.length]!);
    }, 1);
  });
}
