import { createHash } from "node:crypto";
import { type Ensemble, readEnsemble } from "./members.js";
import type { ResolvedConsole } from "./options.js";
import { readTree, type TreeSnapshot } from "./read-snapshot.js";
import { type Lane, TermHistory } from "./term-history.js";

/** The answer of `api/overview`. */
export interface Overview extends TreeSnapshot {
  readonly ensemble: Ensemble;
  readonly lanes: readonly Lane[];
  /** State of the console's own client. */
  readonly state: string;
  readonly readOnly: boolean;
  readonly chroot: string;
}

/** An overview as text, with its tag for conditional requests. */
export interface TaggedOverview {
  readonly text: string;
  readonly etag: string;
}

/** Least time between two snapshots. */
const INTERVAL_MS = 1_000;
/** Time after which a snapshot is given up, as while no server answers. */
const LIMIT_MS = 10_000;

/**
 * One snapshot for all pages: a request gets the last one, unless it is old. So the number of reads a second does not depend on
 * the number of pages, and without an open page nothing is read.
 */
export class SharedOverview {
  readonly #options: ResolvedConsole;
  readonly #history = new TermHistory();
  #last: TaggedOverview | undefined;
  #freshUntil = Number.NEGATIVE_INFINITY;
  #pending: Promise<TaggedOverview> | undefined;

  constructor(options: ResolvedConsole) {
    this.#options = options;
  }

  /** Resolves with an overview that is at most as old as the bound of reads a second allows. Rejects if it cannot be read. */
  current(): Promise<TaggedOverview> {
    if (this.#pending !== undefined) return this.#pending;
    if (this.#last !== undefined && this.#options.clock.now() < this.#freshUntil) return Promise.resolve(this.#last);
    this.#pending = this.#read().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #read(): Promise<TaggedOverview> {
    const { zk, clock, readOnly, readsPerSecond } = this.#options;
    const late = new AbortController();
    const timer = clock.setTimer(LIMIT_MS, () => late.abort());
    const { signal } = late;
    const both = Promise.all([readTree(this.#options, signal), readEnsemble(this.#options, signal)]);
    const [tree, ensemble] = await both.finally(() => timer.cancel());
    const now = clock.wallTime();
    this.#history.add(tree, now);
    const content = { ...tree, ensemble, lanes: this.#history.lanes(), state: zk.state, readOnly, chroot: zk.chroot };
    const text = JSON.stringify(content satisfies Overview);
    const etag = `"${createHash("sha256").update(text).digest("base64url").slice(0, 22)}"`;
    this.#last = { text, etag };
    this.#freshUntil = clock.now() + Math.max(INTERVAL_MS, (tree.reads * 1_000) / readsPerSecond);
    return this.#last;
  }
}
