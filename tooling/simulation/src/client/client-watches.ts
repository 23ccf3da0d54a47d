import { EventType, type WatcherEvent } from "@conclave/protocol";
import type { PathHistory } from "../check/path-history.ts";
import { demand, zxidText } from "../check/violation.ts";

export type WatchKind = "data" | "exist" | "child";

/**
 * The watches of one session, and the guarantees about them: an event comes once, before everything that shows its change, and
 * none is lost, neither on one connection nor when the session moves to another member.
 */
export class ClientWatches {
  readonly #history: PathHistory;
  /** Zxid since which each watch is set, by kind and path. */
  readonly #since: Readonly<Record<WatchKind, Map<string, bigint>>> = {
    data: new Map(),
    exist: new Map(),
    child: new Map(),
  };
  /** Last zxid that the session had seen when it moved; set until its watches are restored. */
  #restoringSince: bigint | undefined;
  #checkedTo = 0n;

  constructor(history: PathHistory) {
    this.#history = history;
  }

  get count(): number {
    return this.#since.data.size + this.#since.exist.size + this.#since.child.size;
  }

  pathsOf(kind: WatchKind): string[] {
    return [...this.#since[kind].keys()];
  }

  /** A read that has left a watch was answered at this zxid. */
  set(kind: WatchKind, path: string, zxid: bigint): void {
    this.#since[kind].set(path, zxid);
  }

  clear(): void {
    for (const each of Object.values(this.#since)) each.clear();
    this.#restoringSince = undefined;
  }

  /** The session continues on another connection. */
  moving(zxid: bigint): void {
    this.#restoringSince = zxid;
  }

  /** An event has arrived: there is a watch for it, which has fired now. */
  fired({ type, path }: WatcherEvent): void {
    const { data, exist, child } = this.#since;
    const had =
      type === EventType.NODE_CHILDREN_CHANGED
        ? [child.delete(path)]
        : type === EventType.NODE_DELETED
          ? [data.delete(path), exist.delete(path), child.delete(path)]
          : [data.delete(path), exist.delete(path)];
    demand(had.includes(true), () => `an event of type ${type} at ${path} came without a watch, or a second time`);
  }

  /** A reply of this zxid has arrived: the events of all changes up to it came before. */
  sawReply(zxid: bigint): void {
    if (this.#restoringSince !== undefined || zxid <= this.#checkedTo) return;
    this.#checkedTo = zxid;
    for (const kind of ["data", "exist", "child"] as const) {
      for (const [path, since] of this.#since[kind]) {
        const missed = this.#history
          .between(path, since, zxid)
          .find(({ data, children, state }) => (kind === "child" ? children || (data && state === undefined) : data));
        demand(
          missed === undefined,
          () => `a reply of ${zxidText(zxid)} came before the ${kind} event of ${path} at ${zxidText(missed!.zxid)}`,
        );
      }
    }
  }

  /** The watches are restored: those of changed znodes have fired before. */
  restored(zxid: bigint): void {
    const since = this.#restoringSince;
    if (since === undefined) return;
    this.#restoringSince = undefined;
    this.#checkedTo = zxid;
    const isUnchanged = (kind: WatchKind, path: string): boolean => {
      const state = this.#history.at(path, zxid);
      if (kind === "exist") return state === undefined;
      return state !== undefined && (kind === "data" ? state.stat.mzxid : state.stat.pzxid) <= since;
    };
    for (const kind of ["data", "exist", "child"] as const) {
      for (const path of this.#since[kind].keys()) {
        demand(
          isUnchanged(kind, path),
          () => `the ${kind} watch of ${path} did not fire when it was restored after a change`,
        );
        this.#since[kind].set(path, zxid);
      }
    }
  }
}
