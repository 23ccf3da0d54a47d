import type { Grant } from "../grant/grant.js";
import { type GrantParameters, HeldGrant } from "../grant/held-grant.js";

/**
 * The right to lead, until {@link signal} aborts, with a `GrantLostError` as its reason.
 *
 * {@link fencingToken} is larger than that of every earlier leadership of this election, also those of this
 * participant: each leadership has its own znode.
 */
export interface Leadership extends Grant {
  /** Name or, if it has none, path of the election. */
  readonly election: string;
  /** Name of the elected participant: the `id` of its election. */
  readonly id: string;
  /** Path of the leadership's znode. */
  readonly path: string;
  /**
   * Nominates the participant `id` as the next leader, and releases the leadership. Candidates between the two move to the end
   * of the queue. Does not wait until the nominee leads. Rejects with a `TypeError` if no waiting participant has this id, and
   * with the error of a rejected request; this participant then still leads. (Candidates of Curator's `LeaderLatch` ignore the
   * nomination and keep their places.)
   */
  transferTo(id: string): Promise<void>;
}

/** Construction parameters of a leadership. */
export interface LeadershipParameters extends GrantParameters {
  readonly election: string;
  readonly id: string;
  /** Nominates the next leader. */
  readonly nominate: (id: string) => Promise<void>;
}

/** The implementation of {@link Leadership}: also tracks the tasks that run under it. */
export class WonLeadership extends HeldGrant implements Leadership {
  readonly election: string;
  readonly id: string;
  readonly #nominate: (id: string) => Promise<void>;
  readonly #runs = new Set<Promise<unknown>>();

  constructor(parameters: LeadershipParameters) {
    super(parameters);
    this.election = parameters.election;
    this.id = parameters.id;
    this.#nominate = parameters.nominate;
  }

  async transferTo(id: string): Promise<void> {
    await this.#nominate(id);
    await this.release();
  }

  /**
   * Runs `task`, returns its result, and counts the task as running while a promise that it returned is pending. A thenable
   * that is not a promise, such as a query that starts when it is awaited, is returned as a promise: two calls of its `then`
   * would start it twice.
   */
  run<T>(task: (leadership: Leadership) => T): T {
    const result = task(this);
    if (!isPromiseLike(result)) return result;
    const promise: Promise<unknown> = result instanceof Promise ? result : Promise.resolve(result);
    const settled: Promise<void> = promise.then(
      () => void this.#runs.delete(settled),
      () => void this.#runs.delete(settled),
    );
    this.#runs.add(settled);
    return promise as T;
  }

  /** Resolves when no task is running any more. */
  async idle(): Promise<void> {
    while (this.#runs.size > 0) await Promise.all(this.#runs);
  }
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
