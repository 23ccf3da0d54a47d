import { type Call, type Mark, UNTOUCHED } from "./ledger.ts";
import type { Sightings } from "./sightings.ts";
import type { TreeSnapshot } from "./tree-snapshot.ts";

/** What the audit wants to know besides the tree. */
export interface AuditParts {
  readonly calls: readonly Call[];
  readonly sightings: Sightings;
  /** The session of the client whose call it was, as it is now. */
  readonly sessionOf: (call: Call) => bigint;
}

/**
 * Where the tree contradicts what was told of a call: done, and not there; not applied or rejected, and there; unknown, and
 * there in part or more than once.
 */
export function auditTree(tree: TreeSnapshot, parts: AuditParts): string[] {
  const found: string[] = [];
  for (const call of parts.calls) {
    const say = (why: string): void => void found.push(`${call.what} ended as ${call.ending}, and ${why}`);
    const are = call.marks.map((mark) => presence(tree, mark, call, parts, say));
    // Of an ephemeral whose session is over nobody can tell.
    const told = are.filter((is) => is !== undefined);
    if (call.ending === "unknown" && new Set(told).size > 1) say("a part of it is there and a part is not");
    for (const [index, is] of are.entries()) {
      const mark = call.marks[index]!;
      if (call.ending === "done" && is === false) say(`${mark.kind} ${mark.path} is not there`);
      if (call.ending === "not-applied" || call.ending === "rejected") {
        if (is === true) say(`${mark.kind} ${mark.path} is there`);
        if (wasSeen(mark, parts.sightings)) say(`${mark.kind} ${mark.path} was seen by somebody`);
      }
    }
  }
  return [...found, ...auditRegisters(tree, parts.calls)];
}

/** Whether what the call was to leave is there; `undefined` where that cannot be known any more. */
function presence(
  tree: TreeSnapshot,
  mark: Mark,
  call: Call,
  { sessionOf }: AuditParts,
  say: (why: string) => void,
): boolean | undefined {
  switch (mark.kind) {
    case "register":
      return undefined;
    case "delete":
      return tree.at(mark.path) === undefined;
    case "set": {
      const znode = tree.at(mark.path);
      if (znode?.data === UNTOUCHED && znode.stat.version === 0) return false;
      if (znode?.data !== mark.data || znode.stat.version !== 1) {
        say(`${mark.path} holds ${znode?.data} in version ${znode?.stat.version}`);
      }
      return true;
    }
    case "make": {
      const there = tree.holding(mark.data);
      const [znode] = there;
      if (there.length > 1) say(`it is there ${there.length} times: ${there.map(({ path }) => path).join()}`);
      const path = toldPath(call) ?? (mark.isSequential ? undefined : mark.path);
      if (znode !== undefined && path !== undefined && path !== znode.path) say(`it is at ${znode.path}`);
      if (!mark.isEphemeral) return znode !== undefined;
      const session = sessionOf(call);
      if (znode !== undefined && znode.stat.ephemeralOwner !== session) {
        say(`${znode.path} belongs to the session ${znode.stat.ephemeralOwner}, which is over`);
      }
      if (znode === undefined && (call.ending === "unknown" || call.sessionId !== session)) return undefined;
      return znode !== undefined;
    }
  }
}

/** The path that `create` or `create2` told. */
function toldPath({ result }: Call): string | undefined {
  if (typeof result === "string") return result;
  const { path, stat } = (result ?? {}) as { path?: string; stat?: object };
  return stat === undefined ? undefined : path;
}

function wasSeen(mark: Mark, sightings: Sightings): boolean {
  if (mark.kind === "delete") return false;
  if (sightings.data.has(mark.data)) return true;
  return mark.kind === "make" && !mark.isSequential && sightings.paths.has(mark.path);
}

/** What everybody writes: each version is one call that was done, or one of those of which nobody knows. */
function auditRegisters(tree: TreeSnapshot, calls: readonly Call[]): string[] {
  const found: string[] = [];
  const writes = calls.filter(({ marks }) => marks[0]?.kind === "register");
  for (const path of new Set(writes.map(({ marks }) => marks[0]!.path))) {
    const all = writes.filter(({ marks }) => marks[0]!.path === path);
    const znode = tree.at(path);
    const done = all
      .filter(({ ending }) => ending === "done")
      .map(({ result }) => (result as { version: number }).version);
    const unknown = all.filter(({ ending }) => ending === "unknown").length;
    const version = znode?.stat.version ?? 0;
    if (new Set(done).size < done.length) found.push(`${path}: two writes made the same version of ${done.sort()}`);
    if (version < done.length || version > done.length + unknown) {
      found.push(`${path} has the version ${version}: ${done.length} writes were done, and of ${unknown} nobody knows`);
    }
    const last = all.find(({ marks }) => marks[0]?.kind === "register" && marks[0].data === znode?.data);
    if (version > 0 && last?.ending !== "done" && last?.ending !== "unknown") {
      found.push(`${path} holds ${znode?.data}, which ended as ${last?.ending}`);
    }
  }
  return found;
}
