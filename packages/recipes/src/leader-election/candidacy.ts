import { type Acl, CreateMode, isZkError, type StateChange, type WatchListener, ZkError } from "@conclave/client";
import { type DeletionTools, deleteForSure, huntForSure } from "../guaranteed-delete.js";
import { makeParents } from "../make-parents.js";
import { creationFailure, stepFailure } from "./election-failure.js";
import { candidatePath, newMarker } from "./election-layout.js";
import {
  type ElectionEffect,
  type ElectionEvent,
  type ElectionRules,
  type ElectionState,
  newElectionState,
  transition,
} from "./election-state.js";
import { WonLeadership } from "./leadership.js";

/** What a candidacy stands with. */
export interface CandidacyOptions extends DeletionTools {
  readonly election: string;
  readonly path: string;
  readonly id: string;
  readonly onSuspended: "revoke" | "keep";
  readonly acl: readonly Acl[] | undefined;
  /** Told of the leadership in the moment that it is won. */
  readonly onElected: (leadership: WonLeadership) => void;
}

type Answered<T extends ElectionEffect["type"]> = Extract<ElectionEffect, { readonly type: T }>;

/** One candidacy: carries out the effects of {@link transition}, and brings it the answers, watches and state changes. */
export class Candidacy {
  readonly #options: CandidacyOptions;
  readonly #signal: AbortSignal | undefined;
  readonly #rules: ElectionRules;
  readonly #elected: Promise<WonLeadership>;
  #state: ElectionState;
  #leadership: WonLeadership | undefined;
  /** The deletion of our znode. */
  #cleaned: Promise<void> = Promise.resolve();
  #resolve!: (leadership: WonLeadership) => void;
  #reject!: (error: unknown) => void;

  constructor(options: CandidacyOptions, signal: AbortSignal | undefined) {
    this.#options = options;
    this.#signal = signal;
    this.#rules = { onSuspended: options.onSuspended, newMarker: () => newMarker(options.random.bytes(16)) };
    this.#state = newElectionState(this.#rules);
    this.#elected = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Stands until it is elected. Rejects with the reason why it ended before. Call it once. */
  stand(): Promise<WonLeadership> {
    const abort = (): void => this.#take({ type: "abort" });
    this.#options.zk.on("state", this.#onState);
    this.#signal?.addEventListener("abort", abort);
    this.#take(this.#signal?.aborted === true ? { type: "abort" } : { type: "start" });
    return this.#elected.finally(() => this.#signal?.removeEventListener("abort", abort));
  }

  readonly #onState = ({ state }: StateChange): void => {
    if (state !== "connecting") this.#take({ type: state });
  };

  #take(event: ElectionEvent): void {
    const { state, effects } = transition(this.#state, event, this.#rules);
    const ends = state.phase === "ended" && this.#state.phase !== "ended";
    this.#state = state;
    if (ends) this.#options.zk.off("state", this.#onState);
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: ElectionEffect): void {
    switch (effect.type) {
      case "grant":
        return this.#grant(effect);
      case "revoke":
        return this.#leadership?.end(effect.code);
      case "delete":
        this.#cleaned = deleteForSure(`${this.#options.path}/${effect.name}`, this.#options);
        return;
      case "hunt":
        void huntForSure(this.#options.path, effect.marker, this.#options);
        return;
      case "fail":
        return this.#fail(effect);
      case "create":
        void this.#create(effect);
        return;
      default:
        void this.#ask(effect);
    }
  }

  #grant({ node }: Answered<"grant">): void {
    const { election, id, path } = this.#options;
    this.#leadership = new WonLeadership({
      election,
      id,
      path: `${path}/${node.name}`,
      fencingToken: node.czxid,
      giveBack: async () => {
        this.#take({ type: "release" });
        await this.#cleaned;
      },
    });
    this.#options.onElected(this.#leadership);
    this.#resolve(this.#leadership);
  }

  #fail(effect: Answered<"fail">): void {
    if (effect.cause === "error") return this.#reject(effect.error);
    const { path } = this.#options;
    const [code, why] =
      effect.cause === "aborted"
        ? (["ABORTED", "aborted by the caller"] as const)
        : (["CLOSED", "the client was closed"] as const);
    const cause: unknown = effect.cause === "aborted" ? this.#signal?.reason : undefined;
    this.#reject(new ZkError(code, `stand for ${path}: ${why}`, { outcome: "not-applied", path, cause }));
  }

  async #create({ turn, marker }: Answered<"create">): Promise<void> {
    const { zk, path, id, acl } = this.#options;
    // After an expiry, this lets the client turn to its next session first.
    await Promise.resolve();
    if (turn !== this.#state.turn) return;
    try {
      const made = await zk.create2(candidatePath(path, marker), id, { mode: CreateMode.EPHEMERAL_SEQUENTIAL, acl });
      const name = made.path.slice(path.length + 1);
      this.#take({ type: "created", turn, node: { name, czxid: made.stat.czxid } });
    } catch (error) {
      if (isZkError(error, "NO_NODE")) return this.#take({ type: "missing", turn });
      this.#take({ type: "createFailed", turn, marker, failure: creationFailure(error), error });
    }
  }

  /** Does a step that may be done twice. */
  async #ask(effect: Answered<"prepare" | "search" | "list" | "examine" | "watch">): Promise<void> {
    const { turn } = effect;
    try {
      this.#take(await this.#answerTo(effect));
    } catch (error) {
      if (isZkError(error, "NO_NODE")) return this.#take({ type: "missing", turn });
      this.#take({ type: "failed", turn, failure: stepFailure(error), error });
    }
  }

  async #answerTo(
    effect: Answered<"prepare" | "search" | "list" | "examine" | "watch">,
  ): Promise<Extract<ElectionEvent, { readonly turn: number }>> {
    const { zk, path, acl } = this.#options;
    const { turn } = effect;
    switch (effect.type) {
      case "prepare":
        await makeParents(zk, path, acl);
        return { type: "prepared", turn };
      case "search": {
        const [, children] = await Promise.all([zk.sync(path), zk.getChildren(path)]);
        return { type: "searched", turn, children };
      }
      case "list":
        return { type: "listed", turn, children: await zk.getChildren(path) };
      case "examine": {
        const watch = effect.watch ? this.#watch(effect.name) : undefined;
        const { stat } = await zk.getData(`${path}/${effect.name}`, { watch });
        const isOurs = stat.ephemeralOwner === zk.sessionId && stat.version === 0;
        return { type: "examined", turn, isOurs, czxid: stat.czxid };
      }
      case "watch":
        // getData rather than exists: it leaves no watch on a znode that is gone.
        await zk.getData(`${path}/${effect.name}`, { watch: this.#watch(effect.name) });
        return { type: "watched", turn };
    }
  }

  #watch(name: string): WatchListener {
    return ({ type }) => {
      // The end of the session is told by the client's state.
      if (type !== "sessionEnded") this.#take({ type: "changed", name });
    };
  }
}
