import type { ZooKeeper } from "@conclave/client";
import { type Random, randomInt } from "@conclave/runtime";
import type { FaultProxy } from "@conclave/testing";
import type { TestContext } from "./test-context.ts";

/** A client with its own fault proxy. */
export interface FaultyActor {
  readonly name: string;
  readonly zk: ZooKeeper;
  readonly proxy: FaultProxy;
}

/** Faults that the session survives. */
const FAULTS: readonly ((proxy: FaultProxy) => unknown)[] = [
  (proxy) => proxy.cut(),
  (proxy) => proxy.cut("end"),
  (proxy) => proxy.loseReply("multi"),
  (proxy) => proxy.loseRequest("multi"),
  (proxy) => proxy.loseReply("create2"),
  (proxy) => proxy.loseReply("setData"),
  (proxy) => proxy.loseRequest("setData"),
  (proxy) => proxy.loseReply("delete"),
  (proxy) => proxy.loseReply(),
];

/** Connects `count` clients, spread over the servers of the ensemble. */
export async function faultyActors(context: TestContext, count: number): Promise<FaultyActor[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const proxy = await context.proxy(context.servers[index % context.servers.length]);
      const { zk } = await context.actor(proxy);
      return { name: `p${index}`, zk, proxy };
    }),
  );
}

/** Makes the operations of each actor one after the other; a random fault precedes one of three operations. */
export async function runWithFaults(
  actors: readonly FaultyActor[],
  random: Random,
  operations: number,
  operation: (actor: FaultyActor) => Promise<unknown>,
): Promise<void> {
  const run = async (actor: FaultyActor): Promise<void> => {
    for (let made = 0; made < operations; made++) {
      if (randomInt(random, 3) === 0) pick(random, FAULTS)(actor.proxy);
      await operation(actor);
    }
  };
  await Promise.all(actors.map(run));
}

/** Returns a random element. */
export function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[randomInt(random, choices.length)]!;
}
