import { type Random, randomInt } from "@conclave/runtime";
import type { FaultProxy } from "@conclave/testing";
import { atMost, between } from "../random-run/timing.ts";

/** Fault on the connections of one contender. Each fault ends by itself. */
type InjectFault = (proxy: FaultProxy, random: Random, sessionTimeoutMs: number) => Promise<void>;

const QUICK: Readonly<Record<string, InjectFault>> = {
  "cut by a reset": async (proxy) => proxy.cut("reset"),
  "cut by an end": async (proxy) => proxy.cut("end"),
  "refused for a while": async (proxy, random) => {
    proxy.refuse();
    proxy.cut();
    await between(random, 20, 300);
    proxy.accept();
  },
  silent: async (proxy, random) => {
    proxy.freeze();
    await between(random, 50, 400);
    proxy.thaw();
  },
  "silent: requests do not arrive": async (proxy, random) => {
    proxy.freeze("requests");
    await between(random, 50, 300);
    proxy.thaw("requests");
  },
  late: async (proxy, random) => {
    proxy.delay(5 + randomInt(random, 60));
    await between(random, 50, 300);
    proxy.delay(0);
  },
  "the reply to a sequential create lost": (proxy) => atMost(200, proxy.loseReply("create2")),
  "a sequential create lost": (proxy) => atMost(200, proxy.loseRequest("create2")),
  "the reply to a delete lost": (proxy) => atMost(200, proxy.loseReply("delete")),
  "a delete lost": (proxy) => atMost(200, proxy.loseRequest("delete")),
  "the reply to a transaction lost": (proxy) => atMost(200, proxy.loseReply("multi")),
  "any reply lost": (proxy) => atMost(200, proxy.loseReply()),
};

const SLOW: Readonly<Record<string, InjectFault>> = {
  "partitioned until the session expires": async (proxy, random, sessionTimeoutMs) => {
    proxy.freeze();
    await between(random, 1.2 * sessionTimeoutMs, 1.5 * sessionTimeoutMs);
    // Sometimes the withheld bytes still arrive.
    if (randomInt(random, 2) === 0) proxy.cut();
    proxy.thaw();
  },
  "cut off until the session expires": async (proxy, random, sessionTimeoutMs) => {
    proxy.refuse();
    proxy.cut();
    await between(random, 1.2 * sessionTimeoutMs, 1.5 * sessionTimeoutMs);
    proxy.accept();
  },
};

const QUICK_EACH = 3;

/** Fault with its name. */
export interface ChaosFault {
  readonly name: string;
  readonly inject: InjectFault;
}

/** Returns the faults of one round for each contender: some quick ones, and for one contender a fault that ends its session. */
export function drawFaults(random: Random, contenders: number): ChaosFault[][] {
  const unlucky = randomInt(random, contenders);
  return Array.from({ length: contenders }, (_, index) => {
    const own = Array.from({ length: QUICK_EACH }, () => draw(random, QUICK));
    if (index === unlucky) own.splice(randomInt(random, own.length + 1), 0, draw(random, SLOW));
    return own;
  });
}

function draw(random: Random, faults: Readonly<Record<string, InjectFault>>): ChaosFault {
  const names = Object.keys(faults);
  const name = names[randomInt(random, names.length)]!;
  return { name, inject: faults[name]! };
}
