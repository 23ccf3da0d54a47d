import type { ZooKeeper } from "@conclave/client";
import { LeaderElection, type LeaderElectionOptions, type Participant } from "@conclave/recipes";
import type { Logger } from "@conclave/runtime";

/** Settings of an {@link ElectedCandidate}. */
export type ElectedCandidateOptions = LeaderElectionOptions & {
  readonly name: string;
  readonly logger: Logger;
  /** Called after each change of the candidate. */
  readonly onChange: () => void;
};

/** The first candidate of the election, kept current until a signal aborts. */
export class ElectedCandidate {
  #current: Participant | undefined;

  private constructor() {}

  /** Observes the election. Resolves when the first result is known, or the election could not be read: then there is no candidate. */
  static async observe(
    zk: ZooKeeper,
    signal: AbortSignal,
    { onChange, ...options }: ElectedCandidateOptions,
  ): Promise<ElectedCandidate> {
    const { logger, name: group } = options;
    const candidate = new ElectedCandidate();
    const results = new LeaderElection(zk, options).observe({ signal });
    const next = async (): Promise<boolean> => {
      const { done, value } = await results.next();
      if (done === true) return false;
      candidate.#current = value;
      onChange();
      return true;
    };
    const fail = (error: unknown): false => {
      candidate.#current = undefined;
      logger.error("the election cannot be read: no member counts as the leader", { group, error });
      return false;
    };
    const observe = async (): Promise<void> => {
      while (await next().catch(fail));
    };
    if (await next().catch(fail)) void observe();
    return candidate;
  }

  /** The candidate that is elected; `undefined` if there is none, or it cannot be known. */
  get current(): Participant | undefined {
    return this.#current;
  }
}
