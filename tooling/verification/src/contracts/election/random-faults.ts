import { LeaderElection, type Leadership } from "@conclave/recipes";
import { onAbort } from "@conclave/runtime";
import { collectEvents, eventually, type FaultProxy, forEachSeed } from "@conclave/testing";
import { describe, expect } from "vitest";
import { pick } from "../../test-context/faulty-actors.ts";
import type { ContractTest } from "../../test-context/test-context.ts";
import { ELECTION, znodes } from "./candidate.ts";

/** A fault of a candidate. */
type Fault = (proxy: FaultProxy, current: Leadership | undefined) => void;

const FAULTS: readonly Fault[] = [
  (proxy) => proxy.cut(),
  (proxy) => proxy.cut("end"),
  (proxy) => void proxy.loseReply("create2"),
  (proxy) => void proxy.loseRequest("create2"),
  (proxy) => void proxy.loseReply("delete"),
  (proxy) => void proxy.loseReply("getChildren2"),
  (proxy) => void proxy.loseReply("getData"),
  (_proxy, current) => void current?.release(),
];

/** Checks random faults: no two leaders at a time, increasing tokens, and a leader in the end. */
export function randomFaults(test: ContractTest): void {
  describe("under random faults", () => {
    test("there is one leader at a time, tokens increase, and no znode is left", async (context) => {
      const participants = await Promise.all(
        ["revoke", "keep", "revoke", "keep"].map(async (onSuspended, index) => {
          const proxy = await context.proxy(context.servers[index % context.servers.length]);
          const { zk } = await context.actor(proxy);
          return { proxy, zk, onSuspended: onSuspended as "revoke" | "keep" };
        }),
      );
      const witness = await context.client();
      await forEachSeed(
        async (random) => {
          const terms = collectEvents<Leadership>();
          const overlaps: Leadership[] = [];
          const task = async (leadership: Leadership): Promise<void> => {
            overlaps.push(...terms.events.filter(({ signal }) => !signal.aborted));
            terms.add(leadership);
            await new Promise<void>((resolve) => void onAbort(leadership.signal, resolve));
          };
          const stop = new AbortController();
          const elections = participants.map(
            ({ zk, onSuspended }, index) => new LeaderElection(zk, { name: ELECTION, id: `p${index}`, onSuspended }),
          );
          const led = elections.map((election) => election.lead(task, { signal: stop.signal }));
          for (let step = 1; step <= 25; step++) {
            // A candidate leads again after each fault.
            await terms.first(({ signal }) => !signal.aborted);
            const index = pick(random, [...participants.keys()]);
            pick(random, FAULTS)(participants[index]!.proxy, elections[index]!.current);
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
