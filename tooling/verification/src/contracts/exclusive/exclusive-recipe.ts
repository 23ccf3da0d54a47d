import type { ZooKeeper } from "@conclave/client";
import type { Grant, OnSuspended } from "@conclave/recipes";
import { eventually } from "@conclave/testing";

/** Recipe with one holder at a time, granted in the order of requests. All contenders of a test contend for the same. */
export interface ExclusiveRecipe {
  /** Creates a contender. */
  contender(zk: ZooKeeper, onSuspended?: OnSuspended): Contender;
  /** Parents of the znodes of contenders and holders. */
  readonly folders: readonly string[];
  /** Number of znodes of a holder there. */
  readonly heldZnodes: number;
  /** Number of waiters that one release may wake. */
  readonly wokenByRelease: number;
}

/** Contender for the recipe. */
export interface Contender {
  acquire(options?: { readonly signal?: AbortSignal | undefined }): Promise<Grant>;
}

/** Requests a grant; resolves when the contender is in the wait queue and has set its watch. */
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

/** Returns the names of all znodes of the recipe, after a sync. */
export async function znodes({ folders }: ExclusiveRecipe, zk: ZooKeeper): Promise<string[]> {
  await zk.sync("/");
  const each = await Promise.all(
    folders.map(async (folder) => ((await zk.exists(folder)) === null ? [] : zk.getChildren(folder))),
  );
  return each.flat();
}

/** Waits until the number of znodes fulfils `until`. */
export async function untilZnodes(
  recipe: ExclusiveRecipe,
  zk: ZooKeeper,
  until: (count: number) => boolean,
): Promise<void> {
  await eventually(() => znodes(recipe, zk), {
    until: ({ length }) => until(length),
    what: "the znodes of the wait queue",
  });
}

/** Creates the parents, so that the next create is that of a contender. */
export async function makeFolders(recipe: ExclusiveRecipe, zk: ZooKeeper): Promise<void> {
  await (await recipe.contender(zk).acquire()).release();
  await untilZnodes(recipe, zk, (count) => count === 0);
}

/** More consecutive round trips than any recipe needs to enter the wait queue. */
const STEPS_INTO_QUEUE = 10;

/** Resolves when the background requests of this client, each sent on the reply to another, are finished. */
export async function settled(zk: ZooKeeper): Promise<void> {
  for (let step = 0; step < STEPS_INTO_QUEUE; step++) {
    await zk.sync("/");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
