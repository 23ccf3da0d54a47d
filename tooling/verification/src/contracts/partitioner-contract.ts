import { type Partition, Partitioner } from "@conclave/recipes";
import { onAbort, randomInt } from "@conclave/runtime";
import { eventually, forEachSeed } from "@conclave/testing";
import { describe, expect } from "vitest";
import { faultyActors, runWithFaults } from "../test-context/faulty-actors.ts";
import type { StallDetector } from "../test-context/stall-detector.ts";
import {
  type ContractHarness,
  type ContractTest,
  contractTests,
  sessionUntil,
  type TestContext,
} from "../test-context/test-context.ts";

const KEYS = ["a", "b", "c", "d", "e", "f"];

/** Records the owners of each key by their own signals, and overlapping owners as violations. */
class Owners {
  readonly now = new Map<string, { readonly by: string; readonly partition: Partition }>();
  readonly violations: string[] = [];
  readonly #tokens = new Map<string, bigint>();
  readonly #loop: StallDetector;

  constructor(loop: StallDetector) {
    this.#loop = loop;
  }

  /** Task that owns its key until its signal aborts. After a stall, the signal may abort after the next owner began. */
  task(by: string): (partition: Partition) => Promise<void> {
    return async (partition) => {
      const { key, signal, fencingToken } = partition;
      const other = this.now.get(key);
      if (other !== undefined && !other.partition.signal.aborted && !this.#loop.hasJustStalled)
        this.violations.push(`${key}: ${other.by} and ${by}`);
      if (fencingToken <= (this.#tokens.get(key) ?? -1n)) this.violations.push(`${key}: ${by} has an older token`);
      this.#tokens.set(key, fencingToken);
      this.now.set(key, { by, partition });
      await new Promise<void>((resolve) => void onAbort(signal, resolve));
      if (this.now.get(key)?.partition === partition) this.now.delete(key);
    };
  }

  /** Returns true if each key has an owner, and only these own keys. */
  areWithin(names: readonly string[]): boolean {
    return this.now.size === KEYS.length && [...this.now.values()].every(({ by }) => names.includes(by));
  }
}

/** Declares the contract of `Partitioner`: one test for each hazard. Call it in a separate suite. */
export function runPartitionerContract(harness: ContractHarness): void {
  const test = contractTests(harness);
  describe.concurrent("partitioner contract", () => {
    losses(test);
    byChance(test);
  });
}

function losses(test: ContractTest): void {
  test.for(["revoke", "keep"] as const)(
    "session lost while owning: other members own the keys, after the signals of the old owner have aborted: %s",
    async (context, onSuspended) => {
      const { owners, dying, stop, running, proxy } = await two(context, onSuspended, "expired");
      const lost = [...owners.now.values()].filter(({ by }) => by === "dying").map(({ partition }) => partition);
      proxy.freeze();
      await eventually(() => owners.areWithin(["living"]));
      await eventually(() => lost.every(({ signal }) => signal.aborted));
      expect(KEYS.filter((key) => dying.owns(key))).toEqual([]);
      proxy.cut();
      proxy.heal();
      // It joins again in its next session, and gets keys again.
      await eventually(() => owners.areWithin(["living", "dying"]) && KEYS.some((key) => dying.owns(key)));
      stop.abort();
      await running;
      expect(owners.violations).toEqual([]);
    },
  );

  test("SUSPENDED: with `keep` the keys keep their owners over lost connections", async (context) => {
    const { owners, stop, running, proxy, states } = await two(context, "keep", "suspended");
    const before = [...owners.now.values()].map(({ partition }) => partition);
    for (let cut = 1; cut <= 3; cut++) {
      proxy.cut();
      await states.take(2 * cut);
    }
    expect(before.map(({ signal }) => signal.aborted)).toEqual(before.map(() => false));
    stop.abort();
    await running;
  });
}

function byChance(test: ContractTest): void {
  test("under random faults no key has two owners, each has one in the end, and no znode is left", async (context) => {
    const actors = await faultyActors(context, 3);
    const witness = await context.client();
    await forEachSeed(
      async (random) => {
        const owners = new Owners(context.detectStalls());
        const stop = new AbortController();
        const running = actors.map(({ name, zk }) =>
          new Partitioner(zk, {
            ...{ name: "p", keys: KEYS, id: name },
            onSuspended: randomInt(random, 2) === 0 ? "keep" : "revoke",
          }).run(owners.task(name), { signal: stop.signal }),
        );
        await runWithFaults(actors, random, 10, async ({ zk }) => {
          for (let look = randomInt(random, 10); look > 0; look--) await zk.sync("/").catch(() => {});
        });
        await eventually(() => owners.areWithin(actors.map(({ name }) => name)));
        stop.abort();
        await Promise.all(running);
        expect(owners.violations).toEqual([]);
        const view = new Partitioner(witness, { name: "p", keys: KEYS });
        await eventually(async () => {
          await witness.sync("/");
          const each = await Promise.all(KEYS.map((key) => view.ownerOf(key)));
          return each.every((owner) => owner === undefined) && (await view.members()).length === 0;
        });
      },
      { count: 3 },
    );
  });
}

/** Starts two members that share all keys, one of them connected through a proxy. */
async function two(context: TestContext, onSuspended: "revoke" | "keep", until: "suspended" | "expired") {
  const [proxy, other] = [await context.proxy(), await context.client()];
  const { zk, states } = await context.actor(proxy, sessionUntil(until));
  const owners = new Owners(context.detectStalls());
  const stop = new AbortController();
  const [living, dying] = [
    new Partitioner(other, { name: "p", keys: KEYS, id: "living" }),
    new Partitioner(zk, { name: "p", keys: KEYS, id: "dying", onSuspended }),
  ];
  const running = Promise.all([
    living.run(owners.task("living"), { signal: stop.signal }),
    dying.run(owners.task("dying"), { signal: stop.signal }),
  ]);
  await eventually(
    () => owners.areWithin(["living", "dying"]) && [living, dying].every((each) => KEYS.some((key) => each.owns(key))),
  );
  return { owners, dying, stop, running, proxy, states };
}
