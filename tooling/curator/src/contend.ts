import type { Grant } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import type { CuratorPart } from "./curator-process.ts";
import type { Room, RoomRule } from "./room.ts";

interface Visitor {
  readonly name: string;
  readonly rule: RoomRule;
}

/** Parameters of a contest: the contenders and the recipe. */
export interface Contest {
  readonly room: Room;
  /** Number of entries of each contender, each with a new grant. */
  readonly times: number;
  readonly node: readonly (Visitor & { acquire(): Promise<Grant> })[];
  readonly java: readonly (Visitor & { readonly part: CuratorPart })[];
  /** Grant that blocks all contenders until the contest starts. */
  readonly gate: Grant;
  /** Returns the number of waiters in the queue; the gate is released when all contenders wait. */
  waiting(): Promise<number>;
  /** Work of this process's contenders in the critical section: at least one round trip to the ensemble. */
  inside(): Promise<unknown>;
}

/**
 * Runs all contenders through the critical section; all of them are queued before the first enters. Resolves when each
 * has entered often enough; rejects if mutual exclusion was violated.
 */
export const contend = async (contest: Contest): Promise<void> => {
  const { room, times, node, java, gate } = contest;
  const visits = node.map(async ({ name, rule, acquire }) => {
    for (let done = 0; done < times; done++) {
      const grant = await acquire();
      await room.visit(name, rule, grant.fencingToken, contest.inside);
      await grant.release();
    }
  });
  const entries = java.map(({ name, rule, part }) => part.call("enter", times, room.folder, name, rule));
  const isOpened = eventually(async () => (await contest.waiting()) === node.length + java.length, {
    what: "the line of all contenders",
  });
  await Promise.all([isOpened.then(() => gate.release()), ...visits, ...entries]);
};
