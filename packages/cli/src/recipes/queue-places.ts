/*
 * Places of processes in a recipe, computed from its queue. Nothing here sends a request.
 */

/** A process in a queue, as a recipe reports it. */
export interface Contender {
  readonly id: string;
  readonly path: string;
  readonly sessionId: bigint;
  readonly fencingToken: bigint;
}

/** Role of a process in a recipe. */
export type Role = "holds" | "waits" | "leads" | "candidate" | "member";

/** A process in a recipe. `waitsFor` is the one that has to leave first, `why` the rule that says so. */
export interface Place extends Contender {
  readonly role: Role;
  readonly access?: "read" | "write" | undefined;
  readonly waitsFor?: Pick<Contender, "id" | "path"> | undefined;
  readonly why?: string | undefined;
}

/** Returns the places in a queue of which the first holds or leads. */
export function queuePlaces(
  queue: readonly Contender[],
  [first, others]: readonly [Role, Role] = ["holds", "waits"],
): readonly Place[] {
  return queue.map((each, index) => {
    if (index === 0) return { ...each, role: first };
    const why = index === 1 ? `it ${first}` : "it is earlier in the queue";
    return { ...each, role: others, waitsFor: short(queue[index - 1]!), why };
  });
}

/** Returns the places in a read-write lock: a reader waits for earlier writers, a writer for all earlier ones. */
export function readWritePlaces(queue: readonly Contender[]): readonly Place[] {
  return queue.map((each, index) => {
    const access = accessOf(each.path);
    const earlier = queue.slice(0, index);
    const blocking = access === "read" ? earlier.filter(({ path }) => accessOf(path) === "write") : earlier;
    const last = blocking.at(-1);
    if (last === undefined) return { ...each, access, role: "holds" };
    const why = access === "read" ? "a reader waits for earlier writers" : "a writer waits for all earlier ones";
    return { ...each, access, role: "waits", waitsFor: short(last), why };
  });
}

/**
 * Returns the places in a semaphore. Its znodes do not show the number of permits: each one counts as held, except those for
 * which the first process of the queue asks, which holds the queue's lock while it waits.
 */
export function semaphorePlaces(permits: readonly Contender[], queue: readonly Contender[]): readonly Place[] {
  const [next] = queue;
  const isAsked = ({ sessionId, fencingToken }: Contender): boolean =>
    next !== undefined && sessionId === next.sessionId && fencingToken > next.fencingToken;
  const held = permits.filter((each) => !isAsked(each));
  const waiting = queue.map((each, index): Place => {
    if (index > 0)
      return { ...each, role: "waits", waitsFor: short(queue[index - 1]!), why: "it is earlier in the queue" };
    const oldest = held[0];
    return {
      ...{ ...each, role: "waits", why: "any held permit may be the next one" },
      ...(oldest !== undefined && { waitsFor: short(oldest) }),
    };
  });
  return [...held.map((each): Place => ({ ...each, role: "holds" })), ...waiting];
}

/** The name of a reader's znode, in the layout of Curator's InterProcessReadWriteLock. */
const accessOf = (path: string): "read" | "write" =>
  path.slice(path.lastIndexOf("/")).includes("__READ__") ? "read" : "write";

const short = ({ id, path }: Contender): Pick<Contender, "id" | "path"> => ({ id, path });
