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

/** Options of a {@link Waiter}. */
export interface WaiterOptions<G extends HeldGrant> extends DeletionTools {
  /** Path of the znode that holds the queue. It is created as a container if it does not exist. */
  readonly path: string;
  /** Part of the znode's name between the marker and the sequence number. */
  readonly stem: string;
  /** Data of the znode. */
  readonly data: string | Uint8Array | null;
  readonly acl: readonly Acl[] | undefined;
  /**
   * Creates the znode. `prefix` is its path up to the sequence number. Must send the request synchronously.
   * @default `create2`
   */
  readonly create?: ((prefix: string, data: ZnodeData, options: CreateOptions) => Promise<WaiterNode>) | undefined;
  readonly onSuspended: "revoke" | "keep";
  /** See {@link WaiterRules.ahead}. */
  readonly ahead: WaiterRules["ahead"];
  /** Name of the grant in messages: `leadership of reports`. */
  readonly what: string;
  /** Constructs the grant when it is won. */
  readonly grant: (parameters: GrantParameters) => G;
  /**
   * Reads the queue of a recipe whose holder can nominate its successor.
   * @default reads the children, without a nominee
   */
  readonly readQueue?: (() => Promise<QueueSnapshot>) | undefined;
  /**
   * If true, a read of the queue that shows a predecessor is repeated with a watch on the children. Required if `ahead` can
   * return {@link WHOLE_QUEUE}.
   * @default false
   */
  readonly watchesQueue?: boolean | undefined;
  /** Returns true if data written by another client requests the grant. */
  readonly isRevocationRequest?: ((data: Uint8Array | null) => boolean) | undefined;
  /** Called when another contender requests the grant. */
  readonly onRevocationRequested?: ((grant: G) => void) | undefined;
  /** Called with the number of waiters ahead at each read of the queue, and with 0 just before the grant. */
  readonly onPosition?: ((before: number) => void) | undefined;
}

/** One read of the queue: its children, and the one that the last holder nominated as its successor. */
export interface QueueSnapshot {
  readonly children: readonly string[];
  readonly nominee: string | undefined;
}

type Answered<T extends WaiterEffect["type"]> = Extract<WaiterEffect, { readonly type: T }>;

/**
 * One waiter in a queue: executes the effects of {@link transition}, and passes it answers, watch events and state changes of
 * the session. The first read of the queue is sent together with the creation of the znode, which saves a round trip.
 */
export class Waiter<G extends HeldGrant> {
  readonly #options: WaiterOptions<G>;
  readonly #signal: AbortSignal | undefined;
  readonly #rules: WaiterRules;
  readonly #won: Promise<G>;
  #state: WaiterState;
  #grant: G | undefined;
  readonly #queueAhead = new ReadAhead<QueueSnapshot>();
  /** Time until which the session is valid at least: the last answered reads that set watches extended it. */
  #validUntilMs = 0;
  /** The read that sets the watch on the predecessor. */
  #watching: Promise<unknown> = Promise.resolve();
  /** The deletion of the own znode. */
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
      mustRelist: options.readQueue !== undefined,
    };
    this.#state = newWaiterState(this.#rules);
    this.#won = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Waits until granted. Rejects with the reason if the waiter gives up before. Call it once. */
  wait(): Promise<G> {
    this.#options.zk.on("state", this.#onState);
    const removeCallback = onAbort(this.#signal, () => this.#take({ type: "abort" }));
    // Ignored if the signal had already aborted.
    this.#take({ type: "start" });
    return this.#won.finally(removeCallback);
  }

  readonly #onState = ({ state }: StateChange): void => {
    this.#queueAhead.drop();
    if (state !== "connecting") this.#take({ type: state });
  };

  /** Listener of all watches of this waiter: being one function, it is called once for a watch that was set twice. */
  readonly #onWatch: WatchListener = ({ type, path }) => {
    // The state event of the client reports this.
    if (type === "sessionEnded") return;
    const name = path.slice(this.#options.path.length + 1);
    const deliver = (): void =>
      this.#take(type === "nodeDataChanged" ? { type: "dataChanged", name } : this.#changed(name));
    if ("node" in this.#state && this.#state.node.name === name) return deliver();
    // Deliver it after an event of the own znode in the same batch, as when one transaction deletes both, and after the reply
    // to the read that set the watch.
    void this.#watching.then(deliver, deliver);
  };

  #changed(name: string): WaiterEvent {
    return { type: "changed", name, sessionStillValid: this.#options.clock.now() < this.#validUntilMs };
  }

  /**
   * Handles an event. Before an answer or a watch event it reads the client's state, which makes the client check its session
   * timer: after a pause of the process the event may belong to a session that has expired.
   */
  #take(event: WaiterEvent): void {
    if ("requestId" in event || "name" in event) void this.#options.zk.state;
    const { state, effects } = transition(this.#state, event, this.#rules);
    const ends = state.phase === "ended" && this.#state.phase !== "ended";
    this.#state = state;
    if (ends) this.#options.zk.off("state", this.#onState);
    for (const effect of effects) this.#execute(effect);
  }

  #execute(effect: WaiterEffect): void {
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

  async #create({ requestId, marker }: Answered<"create">): Promise<void> {
    const { path, stem, data, acl, create = this.#createOwn } = this.#options;
    // After an expiry, let the client open its next session first.
    await Promise.resolve();
    if (requestId !== this.#state.requestId) return;
    try {
      const mode = CreateMode.EPHEMERAL_SEQUENTIAL;
      const creating = create(`${path}/${marker}${stem}`, data, { mode, acl });
      this.#queueAhead.send(() => this.#readQueue());
      this.#take({ type: "created", requestId, node: await creating });
    } catch (error) {
      this.#queueAhead.drop();
      if (isZkError(error, "NO_NODE")) return this.#take({ type: "missing", requestId });
      this.#take({ type: "createFailed", requestId, marker, failure: creationFailure(error), error });
    }
  }

  readonly #createOwn = async (prefix: string, data: ZnodeData, options: CreateOptions): Promise<WaiterNode> => {
    const { path, stat } = await this.#options.zk.create2(prefix, data, options);
    return { name: path.slice(this.#options.path.length + 1), czxid: stat.czxid };
  };

  /** Sends an idempotent request. */
  async #ask(effect: Answered<"prepare" | "search" | "list" | "examine" | "watch">): Promise<void> {
    const { requestId } = effect;
    try {
      this.#take(await this.#answerTo(effect));
    } catch (error) {
      if (isZkError(error, "NO_NODE")) return this.#take({ type: "missing", requestId });
      this.#take({ type: "failed", requestId, failure: stepFailure(error), error });
    }
  }

  async #answerTo(
    effect: Answered<"prepare" | "search" | "list" | "examine" | "watch">,
  ): Promise<Extract<WaiterEvent, { readonly requestId: number }>> {
    const { zk, path, acl } = this.#options;
    const { requestId } = effect;
    switch (effect.type) {
      case "prepare":
        await makePath(zk, path, { acl, container: true });
        return { type: "prepared", requestId };
      case "search": {
        const [, children] = await Promise.all([zk.sync(path), zk.getChildren(path)]);
        return { type: "searched", requestId, children };
      }
      case "list":
        return { type: "listed", requestId, ...(await this.#list(effect.name)) };
      case "examine":
        return { type: "examined", requestId, ...(await this.#examine(effect.name, effect.watch)) };
      case "watch":
        // Reading the queue has set this watch.
        if (effect.name !== WHOLE_QUEUE) await this.#watch(effect);
        return { type: "watched", requestId };
    }
  }

  /** Reads the own znode. Rejects with `NO_NODE` if it does not exist. */
  async #examine(
    name: string,
    watch: boolean,
  ): Promise<{ isOwn: boolean; czxid: bigint; isRevocationRequested: boolean }> {
    const { zk, path, isRevocationRequest } = this.#options;
    const { data, stat } = await zk.getData(`${path}/${name}`, { watch: watch ? this.#onWatch : undefined });
    const isOwn = stat.ephemeralOwner === zk.sessionId && (isRevocationRequest !== undefined || stat.version === 0);
    return { isOwn, czxid: stat.czxid, isRevocationRequested: isRevocationRequest?.(data) ?? false };
  }

  /**
   * Sets a watch on the predecessor and, if `own` is given, on the own znode. Rejects with `NO_NODE` if the predecessor does
   * not exist.
   */
  async #watch({ name, own }: Answered<"watch">): Promise<void> {
    const { zk, path, clock } = this.#options;
    const sentAtMs = clock.now();
    const watchingOwn = own === undefined ? undefined : this.#watchOwn(own);
    // Use getData: exists would set a watch also if the znode does not exist.
    const watching = zk.getData(`${path}/${name}`, { watch: this.#onWatch });
    watching.catch(() => {});
    await watchingOwn;
    await watching;
    this.#validUntilMs = sentAtMs + zk.sessionTimeoutMs;
  }

  async #watchOwn(name: string): Promise<void> {
    const { isOwn, isRevocationRequested } = await this.#examine(name, true).catch(missingAsForeign);
    if (!isOwn) this.#take(this.#changed(name));
    else if (isRevocationRequested) this.#take({ type: "dataChanged", name });
  }

  /** Reads the queue, with a watch on it if `own` has to wait and the options ask for one. */
  async #list(own: string): Promise<QueueSnapshot> {
    const { zk, path, onPosition, ahead, watchesQueue = false } = this.#options;
    const read = await this.#queueAhead.take(() => this.#readQueue());
    const { nominee } = read;
    let children = await inCreationOrder(zk, path, read.children);
    if (watchesQueue && ahead(children, own).length > 0) {
      const watching = zk.getChildren(path, { watch: this.#onWatch });
      this.#watching = watching;
      children = await inCreationOrder(zk, path, await watching);
      // The waiter gave up while the read was pending.
      if (this.#state.phase === "ended") void this.#unwatch(WHOLE_QUEUE);
    }
    const before = ahead(children, own).length;
    if (before > 0) onPosition?.(before);
    return { children, nominee };
  }

  async #readQueue(): Promise<QueueSnapshot> {
    const { zk, path, readQueue } = this.#options;
    return readQueue === undefined ? { children: await zk.getChildren(path), nominee: undefined } : readQueue();
  }

  /** Removes a watch after the reply to the read that sets it. */
  async #unwatch(name: string): Promise<void> {
    const { zk, path } = this.#options;
    await this.#watching.catch(() => {});
    const watched = name === WHOLE_QUEUE ? path : `${path}/${name}`;
    await zk.removeWatches(watched, { listener: this.#onWatch }).catch(() => {});
  }
}

/** Treats a missing znode like one that this session does not own. */
function missingAsForeign(error: unknown): { isOwn: boolean; isRevocationRequested: boolean } {
  if (isZkError(error, "NO_NODE")) return { isOwn: false, isRevocationRequested: false };
  throw error;
}
