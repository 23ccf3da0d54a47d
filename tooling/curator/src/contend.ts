import type { Grant } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import type { CriticalSection, HolderLimit } from "./critical-section.ts";
import type { CuratorRecipe } from "./curator-process.ts";

interface Contender {
  readonly name: string;
  readonly limit: HolderLimit;
}

/** Contenders of both kinds, and the critical section that they enter. */
export interface Contest {
  readonly section: CriticalSection;
  /** Number of entries of each contender, each with a new grant. */
  readonly times: number;
  readonly node: readonly (Contender & { acquire(): Promise<Grant> })[];
  readonly java: readonly (Contender & { readonly recipe: CuratorRecipe })[];
  /** Grant that blocks all contenders until the contest starts. */
  readonly gate: Grant;
  /** Returns the number of waiters in the queue; the gate is released when all contenders wait. */
  waiting(): Promise<number>;
  /** Work of this process's contenders in the critical section: at least one round trip to the ensemble. */
  work(): Promise<unknown>;
}

/**
 * Runs all contenders through the critical section; all of them are queued before the first enters. Resolves when each
 * has entered often enough; rejects if mutual exclusion was violated.
 */
export const contend = async (contest: Contest): Promise<void> => {
  const { section, times, node, java, gate } = contest;
  const nodeEntries = node.map(async ({ name, limit, acquire }) => {
    for (let done = 0; done < times; done++) {
      const grant = await acquire();
      await section.run(name, limit, grant.fencingToken, contest.work);
      await grant.release();
    }
  });
  const javaEntries = java.map(({ name, limit, recipe }) => recipe.call("enter", times, section.folder, name, limit));
  const allWait = eventually(async () => (await contest.waiting()) === node.length + java.length, {
    what: "the wait queue with all contenders",
  });
  await Promise.all([allWait.then(() => gate.release()), ...nodeEntries, ...javaEntries]);
};
