import type { ZooKeeper } from "@conclave/client";
import type { Grant, OnSuspended } from "@conclave/recipes";
import { eventually } from "@conclave/testing";

/** Something that one holds at a time, in the order of asking. Within a test, all contend for the same. */
export interface ExclusiveRecipe {
  /** A contender of its own. */
  contender(zk: ZooKeeper, onSuspended?: OnSuspended): Contender;
  /** Where contenders and holders have their znodes. */
  readonly folders: readonly string[];
  /** How many znodes one who holds has there. */
  readonly heldZnodes: number;
  /** How many of those who wait may be woken by one release. */
  readonly wokenByRelease: number;
}

/** Somebody who wants it. */
export interface Contender {
  acquire(options?: { readonly signal?: AbortSignal | undefined }): Promise<Grant>;
}

/** Asks, and resolves with the wait once its place in line is taken and its watch is left. */
export async function queueUp(
  recipe: ExclusiveRecipe,
  zk: ZooKeeper,
  options?: { readonly signal: AbortSignal },
): Promise<{ readonly granted: Promise<Grant> }> {
  const before = (await znodes(recipe, zk)).length;
  const granted = recipe.contender(zk).acquire(options);
  granted.catch(() => {});
  await untilZnodes(recipe, zk, (count) => count > before);
  await settled(zk);
  return { granted };
}

/** The names of all znodes of the recipe, as this client's server has them after it caught up. */
export async function znodes({ folders }: ExclusiveRecipe, zk: ZooKeeper): Promise<string[]> {
  await zk.sync("/");
  const each = await Promise.all(
    folders.map(async (folder) => ((await zk.exists(folder)) === null ? [] : zk.getChildren(folder))),
  );
  return each.flat();
}

/** Waits until there are as many of them as `until` says. */
export async function untilZnodes(
  recipe: ExclusiveRecipe,
  zk: ZooKeeper,
  until: (count: number) => boolean,
): Promise<void> {
  await eventually(() => znodes(recipe, zk), { until: ({ length }) => until(length), what: "the znodes of the line" });
}

/** Makes the parents, so that the next creations are those of a contender. */
export async function makeFolders(recipe: ExclusiveRecipe, zk: ZooKeeper): Promise<void> {
  await (await recipe.contender(zk).acquire()).release();
  await untilZnodes(recipe, zk, (count) => count === 0);
}

/** More round trips than any recipe takes, one after the other, to get in line. */
const STEPS_INTO_LINE = 10;

/** Resolves when whatever this client was doing of itself, one request on the answer to another, is done. */
export async function settled(zk: ZooKeeper): Promise<void> {
  for (let step = 0; step < STEPS_INTO_LINE; step++) {
    await zk.sync("/");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
