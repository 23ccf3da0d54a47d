import {
  CreateMode,
  createProtected,
  isZkError,
  nodeName,
  type OperationOptions,
  protectionMarker,
  type ZooKeeper,
} from "@conclave/client";
import { cleanUpForSure, deleteForSure } from "../background/guaranteed-delete.js";
import { withinTime } from "../grant/acquire-options.js";
import type { WaitOptions } from "../grant/wait-options.js";
import {
  type RecipePlace,
  type RecipeSettings,
  type ResolvedRecipe,
  resolveRecipe,
} from "../options/recipe-options.js";
import { rethrowUnlessRetryable, type WatchSet, watchUntil } from "../watching/watch-until.js";
import { OwnPassage, type Passage } from "./passage.js";
import { enterStep, leaveStep, MEMBER_STEM, type RoundSnapshot } from "./round-state.js";
import { createAhead, findNextRound, readRoster, roundPath } from "./rounds.js";

/** Options of {@link DoubleBarrier}. A name means the path `/conclave/double-barriers/<name>`. */
export type DoubleBarrierOptions = RecipePlace &
  RecipeSettings & {
    /** Number of participants of a round. All processes that share the barrier must use the same number. */
    readonly size: number;
    /**
     * Name of this participant, shown to others. It need not be unique.
     * @default ""
     */
    readonly id?: string | undefined;
  };

/** Result of an attempt to enter a round. */
type EnterOutcome =
  | { readonly type: "entered"; readonly roster: readonly string[] }
  | { readonly type: "passedOver" | "gone" };

/** Znode of this participant in a round. */
interface OwnMember {
  readonly number: number;
  readonly round: string;
  readonly own: string;
  /**
   * Session that owns the znode. In a later session of this client the znode counts as deleted, although the server may not
   * have deleted it yet.
   */
  readonly sessionId: bigint;
}

/**
 * Lets `size` participants begin together and end together, round after round: `enter` waits until all are present, `leave`
 * until all are done. A participant that dies within a round counts as done; if it dies before the round begins, another may
 * replace it.
 *
 * A round begins in one transaction, which checks that the znodes of all its participants exist and writes their names to the
 * round's znode. So a slow participant can read that it has entered although all others have left, and a participant in excess
 * of `size` waits for the next round. `rounds.ts` explains why the layout is not Curator's.
 */
export class DoubleBarrier {
  readonly path: string;
  readonly size: number;
  readonly #zk: ZooKeeper;
  readonly #options: ResolvedRecipe;
  readonly #id: string;
  readonly #what: string;
  /** Number of the last round that is known to have begun. */
  #lastRound = 0;

  /** Sends no request. Throws a `TypeError` for invalid options. Does not close `zk`. */
  constructor(zk: ZooKeeper, options: DoubleBarrierOptions) {
    const { size, id = "" } = options;
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new TypeError(`size must be a whole number, 1 or more, not ${String(size)}`);
    }
    this.#zk = zk.readWrite;
    this.#options = resolveRecipe("double barrier", "double-barriers", options);
    this.#id = id;
    this.#what = `the double barrier ${this.#options.label}`;
    this.path = this.#options.path;
    this.size = size;
  }

  /**
   * Waits until `size` participants are present, across lost connections and expired sessions. Each call is a separate
   * participant. Rejects with `ABORTED` when `signal` aborts before, with an `AcquireTimeoutError` after `timeoutMs`, with
   * `CLOSED` when the client is closed, and with the error of a rejected request; this participant then no longer counts.
   */
  enter(options: WaitOptions = {}): Promise<Passage> {
    return withinTime(this.#what, options, this.#options.clock, async (signal) => {
      for (;;) {
        const passage = await this.#tryRound({ signal });
        if (passage !== undefined) return passage;
      }
    });
  }

  /**
   * Tries to enter one round; resolves with `undefined` if the round began without this participant, or its znode was deleted.
   */
  async #tryRound(options: OperationOptions): Promise<Passage | undefined> {
    const member = await this.#join(options);
    if (member === undefined) return undefined;
    try {
      const end = await watchUntil(
        this.#zk,
        this.#what,
        (watches) => this.#tryToEnter(member, watches, options),
        options,
      );
      if (end.type === "entered") return this.#passage(member, end.roster);
      if (end.type === "passedOver") this.#lastRound = Math.max(this.#lastRound, member.number);
    } catch (error) {
      await this.#withdraw(member);
      throw error;
    }
    await this.#withdraw(member);
    return undefined;
  }

  /** Creates a znode in the open round. Resolves with `undefined` if the round was deleted in between. */
  async #join(options: OperationOptions): Promise<OwnMember | undefined> {
    const { acl, clock, random } = this.#options;
    let marker = protectionMarker(random);
    // Number of the round that may have a znode of this participant.
    let tried = 0;
    // A participant of the previous round knows the number of the next.
    let guess = this.#lastRound === 0 ? undefined : this.#lastRound + 1;
    for (;;) {
      try {
        if (guess !== undefined) createAhead(this.#zk, this.#options, this.#lastRound);
        const number = guess ?? (await findNextRound(this.#zk, this.#options, this.#lastRound, options));
        tried = number;
        const round = roundPath(this.path, number);
        const mode = CreateMode.EPHEMERAL_SEQUENTIAL;
        const policy = { ...options, attempts: Number.POSITIVE_INFINITY, clock, random };
        const node = await createProtected(this.#zk, `${round}/${MEMBER_STEM}`, this.#id, {
          ...{ ...policy, mode, acl, marker },
        });
        return { number, round, own: nodeName(node.path), sessionId: node.stat.ephemeralOwner };
      } catch (error) {
        if (isZkError(error, "NO_NODE") && guess !== undefined) {
          guess = undefined;
          continue;
        }
        if (tried > 0) void cleanUpForSure(roundPath(this.path, tried), marker, { ...this.#options, zk: this.#zk });
        if (isZkError(error, "NO_NODE") && tried > 0) {
          // The round was empty, and the server deleted its container.
          this.#lastRound = Math.max(this.#lastRound, tried);
          return undefined;
        }
        await rethrowUnlessRetryable(this.#zk, error);
        marker = protectionMarker(random);
      }
    }
  }

  async #tryToEnter(
    member: OwnMember,
    watches: WatchSet,
    { signal }: OperationOptions,
  ): Promise<EnterOutcome | undefined> {
    const { round, own } = member;
    for (;;) {
      const snapshot = await this.#read(member, watches, signal);
      if (snapshot === undefined) return { type: "gone" };
      const step = enterStep(snapshot, this.size);
      if (step.type === "wait") return undefined;
      if (step.type === "entered") return { type: "entered", roster: snapshot.roster! };
      if (step.type !== "begin") return step;
      try {
        const transaction = this.#zk.transaction().setData(round, JSON.stringify(step.roster), 0);
        for (const name of step.roster) transaction.check(`${round}/${name}`);
        await transaction.commit({ signal });
        return step.roster.includes(own) ? { type: "entered", roster: step.roster } : { type: "passedOver" };
      } catch (error) {
        // A participant has left, or another one has begun the round.
        if (!isZkError(error, "NO_NODE", "BAD_VERSION")) throw error;
      }
    }
  }

  async #read(
    { round, own, sessionId }: OwnMember,
    watches: WatchSet | undefined,
    signal: AbortSignal | undefined,
  ): Promise<RoundSnapshot | undefined> {
    try {
      const [{ data }, children] = await Promise.all([
        this.#zk.getData(round, { signal, watch: watches?.on(round) }),
        this.#zk.getChildren(round, { signal }),
      ]);
      const alive = sessionId === this.#zk.sessionId ? children : children.filter((name) => name !== own);
      return { roster: readRoster(data), children: alive, own };
    } catch (error) {
      if (isZkError(error, "NO_NODE")) return undefined;
      throw error;
    }
  }

  #passage(member: OwnMember, roster: readonly string[]): Passage {
    this.#lastRound = Math.max(this.#lastRound, member.number);
    return new OwnPassage({
      zk: this.#zk,
      label: this.#what,
      round: member.number,
      position: roster.indexOf(member.own),
      leave: (options) => this.#leave(member, options),
      withdraw: () => this.#withdraw(member),
    });
  }

  #leave(member: OwnMember, options: WaitOptions): Promise<void> {
    const { round, own } = member;
    const what = `the end of round ${Number(round.slice(-10))} of ${this.#what}`;
    return withinTime(what, options, this.#options.clock, async (signal) => {
      await watchUntil(
        this.#zk,
        what,
        async (watches) => {
          for (;;) {
            const snapshot = await this.#read(member, undefined, signal);
            if (snapshot === undefined) return true;
            const { deletesOwn, watch } = leaveStep(snapshot);
            if (deletesOwn) await this.#deleteIfThere(`${round}/${own}`, signal);
            if (watch === undefined) return true;
            if (await this.#exists(`${round}/${watch}`, watches, signal)) return undefined;
          }
        },
        { signal },
      );
    });
  }

  async #exists(path: string, watches: WatchSet, signal: AbortSignal | undefined): Promise<boolean> {
    try {
      await this.#zk.getData(path, { watch: watches.on(path), signal });
      return true;
    } catch (error) {
      if (isZkError(error, "NO_NODE")) return false;
      throw error;
    }
  }

  async #deleteIfThere(path: string, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#zk.delete(path, { signal });
    } catch (error) {
      if (!isZkError(error, "NO_NODE")) throw error;
    }
  }

  #withdraw({ round, own }: OwnMember): Promise<void> {
    return deleteForSure(`${round}/${own}`, { ...this.#options, zk: this.#zk });
  }
}
