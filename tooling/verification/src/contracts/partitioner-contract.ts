import { type Partition, Partitioner } from "@conclave/recipes";
import { randomInt } from "@conclave/runtime";
import { eventually, forEachSeed } from "@conclave/testing";
import { describe, expect } from "vitest";
import type { LoopWatch } from "./loop-watch.ts";
import { type ContractHarness, SHORT_SESSION_MS, type Stage, type StagedTest, stagedTests } from "./stage.ts";
import { playTroubled, troubledActors } from "./troubled-play.ts";

const KEYS = ["a", "b", "c", "d", "e", "f"];

/** Who runs a key at this moment, as those who run it know, and what went wrong in between. */
class Owners {
  readonly now = new Map<string, { readonly by: string; readonly partition: Partition }>();
  readonly violations: string[] = [];
  readonly #tokens = new Map<string, bigint>();
  readonly #loop: LoopWatch;

  constructor(loop: LoopWatch) {
    this.#loop = loop;
  }

  /** A task that owns its key until its signal aborts. Who stood still at its loss may learn of it behind the next owner. */
  task(by: string): (partition: Partition) => Promise<void> {
    return async (partition) => {
      const { key, signal, fencingToken } = partition;
      const other = this.now.get(key);
      if (other !== undefined && !other.partition.signal.aborted && !this.#loop.hasJustStalled)
        this.violations.push(`${key}: ${other.by} and ${by}`);
      if (fencingToken <= (this.#tokens.get(key) ?? -1n)) this.violations.push(`${key}: ${by} has an older token`);
      this.#tokens.set(key, fencingToken);
      this.now.set(key, { by, partition });
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      if (this.now.get(key)?.partition === partition) this.now.delete(key);
    };
  }

  /** Whether each key is run, by these alone. */
  areWithin(names: readonly string[]): boolean {
    return this.now.size === KEYS.length && [...this.now.values()].every(({ by }) => names.includes(by));
  }
}

/** Declares the tests that `Partitioner` must pass on every ensemble, a hazard each. Call it in a suite of its own. */
export function runPartitionerContract(harness: ContractHarness): void {
  const test = stagedTests(harness);
  describe.concurrent("partitioner contract", () => {
    losses(test);
    byChance(test);
  });
}

function losses(test: StagedTest): void {
  test.for(["revoke", "keep"] as const)(
    "session lost while owning: others own the keys, after the dead knows that it does not: %s",
    async (stage, onSuspended) => {
      const { owners, dying, stop, running, proxy } = await two(stage, onSuspended);
      const lost = [...owners.now.values()].filter(({ by }) => by === "dying").map(({ partition }) => partition);
      proxy.freeze();
      await eventually(() => owners.areWithin(["living"]));
      await eventually(() => lost.every(({ signal }) => signal.aborted));
      expect(KEYS.filter((key) => dying.owns(key))).toEqual([]);
      proxy.cut();
      proxy.heal();
      // It comes back in its next session, and gets its keys again.
      await eventually(() => owners.areWithin(["living", "dying"]) && KEYS.some((key) => dying.owns(key)));
      stop.abort();
      await running;
      expect(owners.violations).toEqual([]);
    },
  );

  test("SUSPENDED: with `keep` the keys stay where they are over lost connections", async (stage) => {
    const { owners, stop, running, proxy, states } = await two(stage, "keep");
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

function byChance(test: StagedTest): void {
  test("under faults by chance no key has two owners, all have one in the end, and nothing is left behind", async (stage) => {
    const actors = await troubledActors(stage, 3);
    const witness = await stage.client();
    await forEachSeed(
      async (random) => {
        const owners = new Owners(stage.watchLoop());
        const stop = new AbortController();
        const running = actors.map(({ name, zk }) =>
          new Partitioner(zk, {
            ...{ name: "p", keys: KEYS, id: name },
            onSuspended: randomInt(random, 2) === 0 ? "keep" : "revoke",
          }).run(owners.task(name), { signal: stop.signal }),
        );
        await playTroubled(actors, random, 10, async ({ zk }) => {
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

/** Two members, one of them behind a proxy, that share all keys. */
async function two(stage: Stage, onSuspended: "revoke" | "keep") {
  const [proxy, other] = [await stage.proxy(), await stage.client()];
  const { zk, states } = await stage.actor(proxy, { sessionTimeoutMs: SHORT_SESSION_MS });
  const owners = new Owners(stage.watchLoop());
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
