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

/** Returns the part of each entrant: those that hold or lead, and for the others whom they wait for and why. */
export function place(kind: RecipeKind, queue: readonly Entrant[]): Placed[] {
  const firstWriter = queue.findIndex(({ name }) => !isReader(name));
  return queue.map((each, index): Placed => {
    const before = queue[index - 1];
    switch (kind) {
      case "group":
        return { ...each, role: "member", why: "" };
      case "election":
        if (before === undefined) return { ...each, role: "leads", why: "" };
        return { ...each, role: "candidate", why: `Next when ${label(before)} leaves: the queue decides.` };
      case "semaphore":
        return { ...each, role: "holds", why: "" };
      case "lock":
        if (before === undefined) return { ...each, role: "holds", why: "" };
        return { ...each, role: "waits", why: behind(before, index - 1 === 0) };
      case "read-write lock": {
        if (isReader(each.name)) {
          const writer = queue.slice(0, index).findLast(({ name }) => !isReader(name));
          if (writer === undefined) return { ...each, role: "holds", why: "" };
          return { ...each, role: "waits", why: `A reader waits for the writer before it, ${label(writer)}.` };
        }
        if (before === undefined) return { ...each, role: "holds", why: "" };
        const readers = firstWriter === index ? index : 0;
        const why =
          readers > 0
            ? `A writer waits for ${readers === 1 ? "the reader" : `all ${readers} readers`} before it.`
            : behind(before, index === 1);
        return { ...each, role: "waits", why };
      }
    }
  });
}

function behind(before: Entrant, holds: boolean): string {
  return holds ? `Waits for ${label(before)} to release it.` : `Behind ${label(before)}, which waits too.`;
}

function label({ id, name }: Entrant): string {
  return id === "" ? name : id;
}
