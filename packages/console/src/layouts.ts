/*
 * Layouts of the recipes, which are Curator's, recognized by the names of a znode's children: `<anything><stem><ten digits>`.
 * SPEC.md lists them.
 */

/** The recipes that the page shows. */
export type RecipeKind = "lock" | "read-write lock" | "semaphore" | "election" | "group";

/** A recipe among the children of a znode, with those that take part in queue order. */
export interface Layout {
  readonly kind: RecipeKind;
  readonly names: readonly string[];
}

const STEMS: ReadonlyMap<string, RecipeKind> = new Map([
  ["lock-", "lock"],
  ["__READ__", "read-write lock"],
  ["__WRIT__", "read-write lock"],
  ["lease-", "semaphore"],
  ["latch-", "election"],
]);
const SEQUENTIAL = /(lock-|__READ__|__WRIT__|lease-|latch-)(\d{10}|-\d{9,10})$/;
/** Numbers past the server's counter: their order is that of creation, which names do not show. */
const OVERFLOWED = 0x7fff_ffff;

/** Returns the recipe whose queue these children are; `undefined` if they are none. */
export function queueAmong(children: readonly string[]): Layout | undefined {
  const found = children.flatMap((name) => {
    const match = SEQUENTIAL.exec(name);
    if (match === null) return [];
    const number = Number.parseInt(match[2] ?? "", 10);
    return [{ name, kind: STEMS.get(match[1] ?? ""), order: number < 0 ? OVERFLOWED : number }];
  });
  const kind = found[0]?.kind;
  if (kind === undefined) return undefined;
  const queue = found.filter((each) => each.kind === kind).sort((a, b) => a.order - b.order);
  return { kind, names: queue.map(({ name }) => name) };
}

/** The name of a reader's znode in a read-write lock. */
export const isReader = (name: string): boolean => name.includes("__READ__");

/** A process in a recipe, as the snapshot has read it. */
export interface Entrant {
  readonly name: string;
  /** Data of its znode as text: the `id` that the process gave; "(redacted)" where the options hide it. */
  readonly id: string;
  readonly sessionId: string;
  readonly token: string;
  /** Creation of its znode, in milliseconds since 1970, by the clock of the ensemble's leader. */
  readonly since: number;
}

/** An entrant with its part in the recipe. */
export interface Placed extends Entrant {
  readonly role: "holds" | "waits" | "leads" | "candidate" | "member";
  /** A sentence that gives the reason for which it waits; "" if it does not wait. */
  readonly why: string;
}

/** Returns the part of each entrant: those that hold or lead, and for the others the entrant that they wait for and the reason. */
export function place(kind: RecipeKind, queue: readonly Entrant[]): Placed[] {
  return queue.map((each, index) => ({ ...each, ...partOf(kind, queue, index) }));
}

type Part = Pick<Placed, "role" | "why">;

function partOf(kind: RecipeKind, queue: readonly Entrant[], index: number): Part {
  const before = queue[index - 1];
  switch (kind) {
    case "group":
      return { role: "member", why: "" };
    case "election":
      if (before === undefined) return { role: "leads", why: "" };
      return { role: "candidate", why: `Next when ${label(before)} leaves: the queue decides.` };
    case "semaphore":
      return { role: "holds", why: "" };
    case "lock":
      if (before === undefined) return { role: "holds", why: "" };
      return { role: "waits", why: behind(before, index === 1) };
    case "read-write lock":
      return partOfReadWriteLock(queue, index);
  }
}

function partOfReadWriteLock(queue: readonly Entrant[], index: number): Part {
  const earlier = queue.slice(0, index);
  const writer = earlier.findLast(({ name }) => !isReader(name));
  if (isReader(queue[index]?.name ?? "")) {
    if (writer === undefined) return { role: "holds", why: "" };
    return { role: "waits", why: `A reader waits for the writer before it, ${label(writer)}.` };
  }
  const before = earlier.at(-1);
  if (before === undefined) return { role: "holds", why: "" };
  if (writer !== undefined) return { role: "waits", why: behind(before, index === 1) };
  const readers = index === 1 ? "the reader" : `all ${index} readers`;
  return { role: "waits", why: `A writer waits for ${readers} before it.` };
}

function behind(before: Entrant, holds: boolean): string {
  return holds ? `Waits for ${label(before)} to release it.` : `Behind ${label(before)}, which waits too.`;
}

function label({ id, name }: Entrant): string {
  return id === "" ? name : id;
}
