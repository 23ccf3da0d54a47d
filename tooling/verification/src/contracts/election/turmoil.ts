import { LeaderElection, type Leadership } from "@conclave/recipes";
import { type Random, randomInt } from "@conclave/runtime";
import { collectEvents, eventually, type FaultProxy, forEachSeed } from "@conclave/testing";
import { describe, expect } from "vitest";
import type { StagedTest } from "../stage.ts";
import { ELECTION, znodes } from "./candidate.ts";

/** One thing that goes wrong with a participant. */
type Trouble = (proxy: FaultProxy, current: Leadership | undefined) => void;

const TROUBLES: readonly Trouble[] = [
  (proxy) => proxy.cut(),
  (proxy) => proxy.cut("end"),
  (proxy) => void proxy.loseReply("create2"),
  (proxy) => void proxy.loseRequest("create2"),
  (proxy) => void proxy.loseReply("delete"),
  (proxy) => void proxy.loseReply("getChildren2"),
  (proxy) => void proxy.loseReply("getData"),
  (_proxy, current) => void current?.release(),
];

/** Whatever happens to connections, no two lead at a time, tokens grow, and somebody leads in the end. */
export function turmoil(test: StagedTest): void {
  describe("under faults by chance", () => {
    test("nobody leads while another does, tokens grow, and nothing is left behind", async (stage) => {
      const participants = await Promise.all(
        ["revoke", "keep", "revoke", "keep"].map(async (onSuspended, index) => {
          const proxy = await stage.proxy(stage.servers[index % stage.servers.length]);
          const { zk } = await stage.actor(proxy);
          return { proxy, zk, onSuspended: onSuspended as "revoke" | "keep" };
        }),
      );
      const witness = await stage.client();
      await forEachSeed(
        async (random) => {
          const terms = collectEvents<Leadership>();
          const overlaps: Leadership[] = [];
          const task = async (leadership: Leadership): Promise<void> => {
            overlaps.push(...terms.events.filter(({ signal }) => !signal.aborted));
            terms.add(leadership);
            await new Promise((resolve) => {
              leadership.signal.addEventListener("abort", resolve, { once: true });
              if (leadership.signal.aborted) resolve(undefined);
            });
          };
          const stop = new AbortController();
          const elections = participants.map(
            ({ zk, onSuspended }, index) => new LeaderElection(zk, { name: ELECTION, id: `p${index}`, onSuspended }),
          );
          const led = elections.map((election) => election.lead(task, { signal: stop.signal }));
          for (let step = 1; step <= 25; step++) {
            // Somebody leads again after each trouble.
            await terms.first(({ signal }) => !signal.aborted);
            const index = pick(random, [...participants.keys()]);
            pick(random, TROUBLES)(participants[index]!.proxy, elections[index]!.current);
            await participants[index]!.zk.sync("/").catch(() => {});
          }
          stop.abort();
          await Promise.all(led);
          expect(overlaps).toEqual([]);
          const tokens = terms.events.map(({ fencingToken }) => fencingToken);
          expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => (a < b ? -1 : 1)));
          await eventually(() => znodes(witness), { until: ({ length }) => length === 0 });
        },
        { count: 2 },
      );
    });
  });
}

function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[randomInt(random, choices.length)]!;
}
