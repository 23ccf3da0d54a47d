import {
  type Acl,
  CreateMode,
  type CreateOptions,
  isZkError,
  makePath,
  protectionMarker,
  type StateChange,
  type WatchListener,
  ZkError,
  type ZnodeData,
} from "@conclave/client";
import { onAbort } from "@conclave/runtime";
import { cleanUpForSure, type DeletionTools, deleteForSure } from "../background/guaranteed-delete.js";
import type { GrantParameters, HeldGrant } from "../grant/held-grant.js";
import { ReadAhead } from "../watching/read-ahead.js";
import { inCreationOrder } from "./creation-order.js";
import { creationFailure, stepFailure } from "./step-failure.js";
import { newWaiterState, transition } from "./waiter-state.js";
import {
  type WaiterEffect,
  type WaiterEvent,
  type WaiterNode,
  type WaiterRules,
  type WaiterState,
  WHOLE_QUEUE,
} from "./waiter-step.js";

/** Queue of a waiter, and the grant to win there. */
export interface WaiterOptions<G extends HeldGrant> extends DeletionTools {
  /** Path of the znode that holds the queue. It is created as a container if it does not exist. */
  readonly path: string;
  /** Part of our znode's name between the marker and the number. */
  readonly stem: string;
  /** Data of our znode. */
  readonly data: string | Uint8Array | null;
  readonly acl: readonly Acl[] | undefined;
  /**
   * Makes our znode, and sends that within the call; `prefix` is its path up to the number.
   * @default `create2`
   */
  readonly create?: ((prefix: string, data: ZnodeData, options: CreateOptions) => Promise<WaiterNode>) | undefined;
  readonly onSuspended: "revoke" | "keep";
  /** See {@link WaiterRules.ahead}. */
  readonly ahead: WaiterRules["ahead"];
  /** Name of the grant in messages: `leadership of reports`. */
  readonly what: string;
  /** Makes the grant, in the moment in which it is won. */
  readonly grant: (parameters: GrantParameters) => G;
  /**
   * Reads the queue, where a holder can nominate its successor.
   * @default the children, without a nominee
   */
  readonly look?: (() => Promise<QueueSnapshot>) | undefined;
  /**
   * If true, a look that finds a predecessor is repeated with a watch on the queue: for an `ahead` that can return {@link
   * WHOLE_QUEUE}.
   * @default false
   */
  readonly watchesQueue?: boolean | undefined;
  /** Returns true if the data, changed by another client, asks for the grant. */
  readonly isRevocationRequest?: ((data: Uint8Array | null) => boolean) | undefined;
  /** Called when another contender asks for the grant. */
  readonly onRevocationRequested?: ((grant: G) => void) | undefined;
  /** Called with the number of waiters ahead of us at each look at the queue, and with 0 just before the grant. */
  readonly onPosition?: ((before: number) => void) | undefined;
}

/** The children of the queue's znode, and the one that the last holder nominated as its successor. */
export interface QueueSnapshot {
  readonly children: readonly string[];
  readonly nominee: string | undefined;
}

type Answered<T extends WaiterEffect["type"]> = Extract<WaiterEffect, { readonly type: T }>;

/**
 * One waiter in a queue: carries out the effects of {@link transition}, and passes it answers, watch events and state
 * changes. The look at the queue is sent together with the creation of our znode.
 */
export class Waiter<G extends HeldGrant> {
  readonly #options: WaiterOptions<G>;
  readonly #signal: AbortSignal | undefined;
  readonly #rules: WaiterRules;
  readonly #won: Promise<G>;
  #state: WaiterState;
  #grant: G | undefined;
  readonly #queueAhead = new ReadAhead<QueueSnapshot>();
  /** Moment until which our session is valid, by the answers to the last reads that left watches. */
  #validUntilMs = 0;
  /** The step that leaves a watch on the predecessor. */
  #watching: Promise<unknown> = Promise.resolve();
  /** The deletion of our znode. */
  #deleted: Promise<void> = Promise.resolve();
  #resolve!: (grant: G) => void;
  #reject!: (error: unknown) => void;

  constructor(options: WaiterOptions<G>, signal: AbortSignal | undefined) {
    this.#options = options;
    this.#signal = signal;
    this.#rules = {
      onSuspended: options.onSuspended,
      newMarker: () => protectionMarker(options.random),
      ahead: options.ahead,
      isRevocable: options.isRevocationRequest !== undefined,
      mustRelist: options.look !== undefined,
    };
    this.#state = newWaiterState(this.#rules);
    this.#won = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Waits until granted. Rejects with the reason why the waiter gave up before. Call it once. */
  wait(): Promise<G> {
    this.#options.zk.on("state", this.#onState);
    const removeCallback = onAbort(this.#signal, () => this.#take({ type: "abort" }));
    // Has no effect if the signal had aborted.
    this.#take({ type: "start" });
    return this.#won.finally(removeCallback);
  }

  readonly #onState = ({ state }: StateChange): void => {
    this.#queueAhead.drop();
    if (state !== "connecting") this.#take({ type: state });
  };

  /** Single listener of all watches of this waiter, so that a watch that is left twice fires once. */
  readonly #onWatch: WatchListener = ({ type, path }) => {
    // The client's state reports the end of the session.
    if (type === "sessionEnded") return;
    const name = path.slice(this.#options.path.length + 1);
    const deliver = (): void =>
      this.#take(type === "nodeDataChanged" ? { type: "dataChanged", name } : this.#changed(name));
    if ("node" in this.#state && this.#state.node.name === name) return deliver();
    // After an event of our own znode in the same batch, as when one transaction deletes both; and after the reply to the
    // read that left the watch.
    void this.#watching.then(deliver, deliver);
  };

  #changed(name: string): WaiterEvent {
    return { type: "changed", name, sessionStillValid: this.#options.clock.now() < this.#validUntilMs };
  }

  /**
   * Takes an event. Before it acts on an answer or a watch event it compares the session's clock: after a pause of the
   * process these may belong to an expired session, which the client reports within the comparison.
   */
  #take(event: WaiterEvent): void {
    if ("turn" in event || "name" in event) void this.#options.zk.state;
    const { state, effects } = transition(this.#state, event, this.#rules);
    const ends = state.phase === "ended" && this.#state.phase !== "ended";
    this.#state = state;
    if (ends) this.#options.zk.off("state", this.#onState);
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: WaiterEffect): void {
    switch (effect.type) {
      case "grant":
        return this.#win(effect);
      case "revoke":
        return this.#grant?.end(effect.code, effect.cause);
      case "requestRevocation":
        return this.#options.onRevocationRequested?.(this.#grant!);
      case "delete":
        this.#deleted = deleteForSure(`${this.#options.path}/${effect.name}`, this.#options);
        return;
      case "unwatch":
        void this.#unwatch(effect.name);
        return;
      case "cleanUp":
        void cleanUpForSure(this.#options.path, effect.marker, this.#options);
        return;
      case "fail":
        return this.#fail(effect);
      case "create":
        void this.#create(effect);
        return;
      case "watch":
        this.#watching = this.#ask(effect);
        return;
      default:
        void this.#ask(effect);
    }
  }

  #win({ node }: Answered<"grant">): void {
    const { what, path, onPosition } = this.#options;
    onPosition?.(0);
    this.#grant = this.#options.grant({
      zk: this.#options.zk,
      what,
      path: `${path}/${node.name}`,
      fencingToken: node.czxid,
      version: this.#rules.isRevocable ? undefined : 0,
      deleteZnode: async () => {
        this.#take({ type: "release" });
        await this.#deleted;
      },
    });
    this.#resolve(this.#grant);
  }

  #fail(effect: Answered<"fail">): void {
    if (effect.cause === "error") return this.#reject(effect.error);
    const { what, path } = this.#options;
    const [code, why] =
      effect.cause === "aborted"
        ? (["ABORTED", "aborted by the caller"] as const)
        : (["CLOSED", "the client was closed"] as const);
    const cause: unknown = effect.cause === "aborted" ? this.#signal?.reason : undefined;
    this.#reject(new ZkError(code, `wait for ${what} at ${path}: ${why}`, { outcome: "not-applied", path, cause }));
  }

  async #create({ turn, marker }: Answered<"create">): Promise<void> {
    const { path, stem, data, acl, create = this.#createOwn } = this.#options;
    // After an expiry, this lets the client turn to its next session first.
    await Promise.resolve();
    if (turn !== this.#state.turn) return;
    try {
      const mode = CreateMode.EPHEMERAL_SEQUENTIAL;
      const creating = create(`${path}/${marker}${stem}`, data, { mode, acl });
      this.#queueAhead.send(() => this.#readQueue());
      this.#take({ type: "created", turn, node: await creating });
    } catch (error) {
      this.#queueAhead.drop();
      if (isZkError(error, "NO_NODE")) return this.#take({ type: "missing", turn });
      this.#take({ type: "createFailed", turn, marker, failure: creationFailure(error), error });
    }
  }

  readonly #createOwn = async (prefix: string, data: ZnodeData, options: CreateOptions): Promise<WaiterNode> => {
    const { path, stat } = await this.#options.zk.create2(prefix, data, options);
    return { name: path.slice(this.#options.path.length + 1), czxid: stat.czxid };
  };

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
  ): Promise<Extract<WaiterEvent, { readonly turn: number }>> {
    const { zk, path, acl } = this.#options;
    const { turn } = effect;
    switch (effect.type) {
      case "prepare":
        await makePath(zk, path, { acl, container: true });
        return { type: "prepared", turn };
      case "search": {
        const [, children] = await Promise.all([zk.sync(path), zk.getChildren(path)]);
        return { type: "searched", turn, children };
      }
      case "list":
        return { type: "listed", turn, ...(await this.#look(effect.name)) };
      case "examine":
        return { type: "examined", turn, ...(await this.#examine(effect.name, effect.watch)) };
      case "watch":
        // The look left the watch already.
        if (effect.name !== WHOLE_QUEUE) await this.#watch(effect);
        return { type: "watched", turn };
    }
  }

  /** Reads our own znode. Rejects with `NO_NODE`. */
  async #examine(
    name: string,
    watch: boolean,
  ): Promise<{ isOurs: boolean; czxid: bigint; isRevocationRequested: boolean }> {
    const { zk, path, isRevocationRequest } = this.#options;
    const { data, stat } = await zk.getData(`${path}/${name}`, { watch: watch ? this.#onWatch : undefined });
    const isOurs = stat.ephemeralOwner === zk.sessionId && (isRevocationRequest !== undefined || stat.version === 0);
    return { isOurs, czxid: stat.czxid, isRevocationRequested: isRevocationRequest?.(data) ?? false };
  }

  /**
   * Leaves a watch on the predecessor and, if asked, on our own znode. Rejects with `NO_NODE` if the predecessor does not
   * exist.
   */
  async #watch({ name, own }: Answered<"watch">): Promise<void> {
    const { zk, path, clock } = this.#options;
    const sentAtMs = clock.now();
    const watchingOwn = own === undefined ? undefined : this.#watchOwn(own);
    // getData rather than exists: it leaves no watch on a znode that does not exist.
    const watching = zk.getData(`${path}/${name}`, { watch: this.#onWatch });
    watching.catch(() => {});
    await watchingOwn;
    await watching;
    this.#validUntilMs = sentAtMs + zk.sessionTimeoutMs;
  }

  async #watchOwn(name: string): Promise<void> {
    const { isOurs, isRevocationRequested } = await this.#examine(name, true).catch(goneIfMissing);
    if (!isOurs) this.#take(this.#changed(name));
    else if (isRevocationRequested) this.#take({ type: "dataChanged", name });
  }

  async #look(own: string): Promise<QueueSnapshot> {
    const { zk, path, onPosition, ahead, watchesQueue = false } = this.#options;
    const seen = await this.#queueAhead.take(() => this.#readQueue());
    const { nominee } = seen;
    let children = await inCreationOrder(zk, path, seen.children);
    if (watchesQueue && ahead(children, own).length > 0) {
      const watching = zk.getChildren(path, { watch: this.#onWatch });
      this.#watching = watching;
      children = await inCreationOrder(zk, path, await watching);
      // Given up while that was on its way.
      if (this.#state.phase === "ended") void this.#unwatch(WHOLE_QUEUE);
    }
    const before = ahead(children, own).length;
    if (before > 0) onPosition?.(before);
    return { children, nominee };
  }

  async #readQueue(): Promise<QueueSnapshot> {
    const { zk, path, look } = this.#options;
    return look === undefined ? { children: await zk.getChildren(path), nominee: undefined } : look();
  }

  /** Removes a watch, after the read that leaves it. */
  async #unwatch(name: string): Promise<void> {
    const { zk, path } = this.#options;
    await this.#watching.catch(() => {});
    const of = name === WHOLE_QUEUE ? path : `${path}/${name}`;
    await zk.removeWatches(of, { listener: this.#onWatch }).catch(() => {});
  }
}

function goneIfMissing(error: unknown): { isOurs: boolean; isRevocationRequested: boolean } {
  if (isZkError(error, "NO_NODE")) return { isOurs: false, isRevocationRequested: false };
  throw error;
}
