import { type Call, type Effect, UNTOUCHED } from "./call-log.ts";
import type { Observations } from "./observations.ts";
import type { TreeSnapshot } from "./tree-snapshot.ts";

/** Input of {@link auditTree} in addition to the tree. */
export interface AuditParts {
  readonly calls: readonly Call[];
  readonly observations: Observations;
  /** Returns the current session of the client that made a call. */
  readonly sessionOf: (call: Call) => bigint;
}

/**
 * Returns contradictions between the tree and the outcomes of calls: done, and without effect; not applied or rejected, and with
 * effect; unknown, and with a part of its effects, or with more than one of the same.
 */
export function auditTree(tree: TreeSnapshot, parts: AuditParts): string[] {
  const found: string[] = [];
  for (const call of parts.calls) {
    const report = (why: string): void => void found.push(`${call.title}: outcome ${call.outcome}, but ${why}`);
    const are = call.effects.map((effect) => presence(tree, effect, call, parts, report));
    // Unknown for an ephemeral if its session has ended.
    const known = are.filter((is) => is !== undefined);
    if (call.outcome === "unknown" && new Set(known).size > 1) report("only a part of its effects is in the tree");
    for (const [index, is] of are.entries()) {
      const effect = call.effects[index]!;
      if (call.outcome === "done" && is === false) report(`${effect.kind} ${effect.path} is not in the tree`);
      if (call.outcome === "not-applied" || call.outcome === "rejected") {
        if (is === true) report(`${effect.kind} ${effect.path} is in the tree`);
        if (wasObserved(effect, parts.observations)) report(`${effect.kind} ${effect.path} was seen by a client`);
      }
    }
  }
  return [...found, ...auditRegisters(tree, parts.calls)];
}

/** Returns true if the effect is in the tree; undefined where that cannot be determined. */
function presence(
  tree: TreeSnapshot,
  effect: Effect,
  call: Call,
  { sessionOf }: AuditParts,
  report: (why: string) => void,
): boolean | undefined {
  switch (effect.kind) {
    case "register":
      return undefined;
    case "delete":
      return tree.at(effect.path) === undefined;
    case "set": {
      const znode = tree.at(effect.path);
      if (znode?.data === UNTOUCHED && znode.stat.version === 0) return false;
      if (znode?.data !== effect.data || znode.stat.version !== 1) {
        report(`${effect.path} holds ${znode?.data} in version ${znode?.stat.version}`);
      }
      return true;
    }
    case "create": {
      const there = tree.holding(effect.data);
      const [znode] = there;
      if (there.length > 1) report(`it is in the tree ${there.length} times: ${there.map(({ path }) => path).join()}`);
      const path = reportedPath(call) ?? (effect.isSequential ? undefined : effect.path);
      if (znode !== undefined && path !== undefined && path !== znode.path) report(`it is at ${znode.path}`);
      if (!effect.isEphemeral) return znode !== undefined;
      const session = sessionOf(call);
      if (znode !== undefined && znode.stat.ephemeralOwner !== session) {
        report(`${znode.path} belongs to the session ${znode.stat.ephemeralOwner}, which has ended`);
      }
      if (znode === undefined && (call.outcome === "unknown" || call.sessionId !== session)) return undefined;
      return znode !== undefined;
    }
  }
}

/** Returns the path in the result of `create` or `create2`. */
function reportedPath({ result }: Call): string | undefined {
  if (typeof result === "string") return result;
  const { path, stat } = (result ?? {}) as { path?: string; stat?: object };
  return stat === undefined ? undefined : path;
}

function wasObserved(effect: Effect, observations: Observations): boolean {
  if (effect.kind === "delete") return false;
  if (observations.data.has(effect.data)) return true;
  return effect.kind === "create" && !effect.isSequential && observations.paths.has(effect.path);
}

/** Checks registers: each version is the result of one successful call, or of one with the outcome unknown. */
function auditRegisters(tree: TreeSnapshot, calls: readonly Call[]): string[] {
  const found: string[] = [];
  const writes = calls.filter(({ effects }) => effects[0]?.kind === "register");
  for (const path of new Set(writes.map(({ effects }) => effects[0]!.path))) {
    const all = writes.filter(({ effects }) => effects[0]!.path === path);
    const znode = tree.at(path);
    const done = all
      .filter(({ outcome }) => outcome === "done")
      .map(({ result }) => (result as { version: number }).version);
    const unknown = all.filter(({ outcome }) => outcome === "unknown").length;
    const version = znode?.stat.version ?? 0;
    if (new Set(done).size < done.length) found.push(`${path}: two writes returned the same version: ${done.sort()}`);
    if (version < done.length || version > done.length + unknown) {
      found.push(`${path} has the version ${version}: ${done.length} writes succeeded, and ${unknown} are unknown`);
    }
    const last = all.find(({ effects }) => effects[0]?.kind === "register" && effects[0].data === znode?.data);
    if (version > 0 && last?.outcome !== "done" && last?.outcome !== "unknown") {
      found.push(`${path} holds ${znode?.data}, written with the outcome ${last?.outcome}`);
    }
  }
  return found;
}
