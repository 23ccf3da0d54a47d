import { setTimeout as delay } from "node:timers/promises";
import { type Random, randomInt } from "@conclave/runtime";
import type { FaultProxy } from "@conclave/testing";

/** Parts of the environment that faults act on. */
export interface FaultTargets {
  readonly proxy: FaultProxy;
  readonly random: Random;
  readonly sessionTimeoutMs: number;
  /** Stops the server with SIGTERM or SIGKILL, and starts it again on the same data. */
  restartServer(how: "stop" | "kill"): Promise<void>;
}

/** A fault. When it resolves, the proxy may still be faulty; the caller heals it. */
export type Fault = (targets: FaultTargets) => Promise<void>;

export const FAULTS: Readonly<Record<string, Fault>> = {
  "connection reset": async ({ proxy }) => proxy.cut("reset"),
  "connection ended": async ({ proxy }) => proxy.cut("end"),
  "a request lost": async ({ proxy }) => {
    await Promise.race([proxy.loseRequest(), delay(1_000)]);
  },
  "a reply lost": async ({ proxy }) => {
    await Promise.race([proxy.loseReply(), delay(1_000)]);
  },
  "short silence": async ({ proxy, random }) => {
    proxy.freeze();
    await delay(200 + randomInt(random, 500));
  },
  "requests held back": async ({ proxy, random }) => {
    proxy.freeze("requests");
    await delay(200 + randomInt(random, 500));
  },
  "replies held back": async ({ proxy, random }) => {
    proxy.freeze("replies");
    await delay(200 + randomInt(random, 500));
  },
  "half-open connection": async ({ proxy, sessionTimeoutMs }) => {
    proxy.freeze();
    await delay(sessionTimeoutMs * 0.9);
  },
  "slow line": async ({ proxy, random }) => {
    proxy.delay(5 + randomInt(random, 40));
    await delay(800);
  },
  "a few bytes at a time": async ({ proxy, random }) => {
    proxy.dribble(1 + randomInt(random, 7));
    await delay(500);
  },
  "no server for a moment": async ({ proxy, random }) => {
    proxy.refuse();
    proxy.cut();
    await delay(100 + randomInt(random, 600));
  },
  "server restarted": ({ restartServer }) => restartServer("stop"),
  "server killed": ({ restartServer }) => restartServer("kill"),
  "session expired": async ({ proxy, sessionTimeoutMs }) => {
    proxy.refuse();
    proxy.cut();
    await delay(sessionTimeoutMs * 2);
  },
  "session expired in silence": async ({ proxy, sessionTimeoutMs }) => {
    proxy.freeze();
    await delay(sessionTimeoutMs * 2);
  },
};

/** Returns the names of all faults in random order. */
export function shuffledFaults(random: Random): string[] {
  const names = Object.keys(FAULTS);
  for (let last = names.length - 1; last > 0; last--) {
    const other = randomInt(random, last + 1);
    [names[last], names[other]] = [names[other]!, names[last]!];
  }
  return names;
}
