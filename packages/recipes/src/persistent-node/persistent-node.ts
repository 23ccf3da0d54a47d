import {
  CreateMode,
  isZkError,
  makePath,
  parentPath,
  type Stat,
  type StateChange,
  type WatchListener,
  ZkError,
  type ZnodeData,
  type ZooKeeper,
} from "@conclave/client";
import { pause } from "@conclave/runtime";
import { backoffMs } from "../background/backoff.js";
import { deleteOwnForSure, deleteWatchedForSure } from "../background/guaranteed-delete.js";
import { type RecipeSettings, type ResolvedRecipe, resolveRecipe } from "../options/recipe-options.js";
import { creationFailure, stepFailure } from "../wait-queue/step-failure.js";
import { Broadcast } from "../watching/broadcast.js";
import { ReadAhead } from "../watching/read-ahead.js";
import {
  newPersistentNodeState,
  type PersistentNodeEffect,
  type PersistentNodeEvent,
  type PersistentNodeState,
  transition,
} from "./persistent-node-state.js";

/** Options of {@link PersistentNode}. */
export interface PersistentNodeOptions extends RecipeSettings {
  readonly path: string;
  /** Data of the znode. */
  readonly data: ZnodeData;
}

type RequestEffect = Extract<PersistentNodeEffect, { readonly requestId: number }>;

/**
 * An ephemeral znode that outlives its session: it is created again in the next session, and after another client deleted
 * it. It starts when it is constructed, and ends at `close()` or when the client is closed.
 *
 * If another session owns an ephemeral at the path (also an earlier session of this process), it waits until that is
 * deleted. (Curator's `PersistentNode` adopts the foreign znode instead.)
 */
export class PersistentNode implements AsyncDisposable {
  readonly path: string;
  readonly #zk: ZooKeeper;
  readonly #options: ResolvedRecipe;
  readonly #changes: Broadcast<boolean>;
  /** Errors that will repeat until an operator changes the data, the ACL or a quota. */
  readonly #rejections: Broadcast<unknown>;
  readonly #closing = new AbortController();
  #state: PersistentNodeState = newPersistentNodeState;
  #data: ZnodeData;
  /** True if the data on the ensemble may be outdated: it is written after the next read. */
  #isStale = false;
  /** Data version of the znode when the last read showed that this session owns it. */
  #version = 0;
  /** The read after a creation, sent together with it. */
  readonly #readAhead = new ReadAhead<Stat | null>();
  /** The last read, which sets a watch. */
  #reading: Promise<unknown> = Promise.resolve();
  #removed: Promise<void> = Promise.resolve();
  #failures = 0;

  /** Throws a `TypeError` for options that are wrong. Keeps `zk`, and does not close it. */
  constructor(zk: ZooKeeper, options: PersistentNodeOptions) {
    this.#zk = zk.readWrite;
    this.#options = resolveRecipe("persistent node", "nodes", options);
    this.path = this.#options.path;
    this.#data = options.data;
    this.#changes = new Broadcast(this.#options.logger);
    this.#rejections = new Broadcast(this.#options.logger);
    zk.on("state", this.#onState);
    this.#take({ type: "start" });
  }

  /** True if the znode exists and this session owns it, as last reported. Not certain while the connection is lost. */
  get isPresent(): boolean {
    // Reading the state makes the client check its session timer, and report an expiry synchronously.
    return this.#zk.state !== "expired" && this.#state.isPresent;
  }

  /** Adds a listener for changes of {@link isPresent} and returns a function that removes it. */
  on(listener: (isPresent: boolean) => void): () => void {
    return this.#changes.on(listener);
  }

  /**
   * Resolves when the znode exists. Rejects with the reason of `signal` when it aborts; with the error of a rejected request
   * (`NO_AUTH`, `BAD_ARGUMENTS`, …), although retries continue until `close()`; with `CLOSED` when the client is closed; and
   * when the node itself is closed.
   */
  async whenPresent({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    signal?.throwIfAborted();
    if (this.isPresent) return;
    const rejected = new AbortController();
    const off = this.#rejections.on((error) => rejected.abort(error));
    const stop = AbortSignal.any(signal === undefined ? [rejected.signal] : [rejected.signal, signal]);
    try {
      for await (const isPresent of this.#changes.iterate(stop)) if (isPresent) return;
    } finally {
      off();
    }
    stop.throwIfAborted();
    if (this.#zk.state !== "closed") throw new Error(`${this.path} was closed`);
    const message = `wait for ${this.path}: the client was closed`;
    throw new ZkError("CLOSED", message, { outcome: "not-applied", path: this.path });
  }

  /**
   * Sets the data of the znode, now and in all later sessions. Resolves when it is written, or will be when the znode is
   * created.
   */
  async setData(data: ZnodeData): Promise<void> {
    this.#data = data;
    this.#isStale = !this.isPresent;
    if (this.#isStale) return;
    try {
      await this.#zk.setData(this.path, data);
    } catch (error) {
      if (!isZkError(error, "NO_NODE", "CONNECTION_LOSS", "SESSION_EXPIRED")) throw error;
      // The next read of the znode writes the data.
      this.#isStale = true;
      this.#take({ type: "changed" });
    }
  }

  /**
   * Deletes the znode. Resolves when it is deleted, or when the deletion continues in the background. Idempotent; never
   * rejects.
   */
  async close(): Promise<void> {
    if (this.#state.phase !== "present") void this.#unwatch();
    this.#take({ type: "stop" });
    this.#zk.off("state", this.#onState);
    this.#closing.abort();
    this.#changes.end();
    await this.#removed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  readonly #onState = ({ state }: StateChange): void => {
    this.#readAhead.drop();
    if (state === "suspended" || state === "connected" || state === "expired") this.#take({ type: state });
    if (state === "closed") void this.close();
  };

  readonly #onWatch: WatchListener = ({ type }) => {
    this.#readAhead.drop();
    if (type !== "sessionEnded") this.#take({ type: "changed" });
  };

  #take(event: PersistentNodeEvent): void {
    const { state, effects } = transition(this.#state, event);
    this.#state = state;
    for (const effect of effects) this.#execute(effect);
  }

  #execute(effect: PersistentNodeEffect): void {
    if (effect.type === "report") {
      this.#failures = 0;
      this.#changes.emit(effect.isPresent);
      // The data changed after the last read. If this write fails, it is repeated after the next read.
      if (effect.isPresent && this.#isStale) this.setData(this.#data).catch(() => {});
    } else if (effect.type === "remove") {
      const tools = { ...this.#options, zk: this.#zk };
      this.#removed = effect.isWatched
        ? deleteWatchedForSure(this.path, this.#version, tools)
        : deleteOwnForSure(this.path, tools);
    } else void this.#ask(effect);
  }

  async #ask(effect: RequestEffect): Promise<void> {
    const { requestId } = effect;
    // After an expiry, let the client open its next session first.
    await Promise.resolve();
    if (effect.type === "createLater") await this.#wait();
    if (requestId !== this.#state.requestId) return;
    const isCreation = effect.type === "create" || effect.type === "createLater";
    try {
      this.#take(await this.#answerTo(effect, isCreation));
    } catch (error) {
      if (isZkError(error, "NODE_EXISTS")) return this.#take({ type: "taken", requestId });
      this.#readAhead.drop();
      if (isZkError(error, "NO_NODE") && isCreation) return this.#take({ type: "noParent", requestId });
      const failure = isCreation ? creationFailure(error) : stepFailure(error);
      if (failure === "fatal") this.#options.logger.warn(`creating ${this.path} failed; retrying`, { error });
      if (requestId === this.#state.requestId && isRejection(error)) this.#rejections.emit(error);
      this.#take({ type: "failed", requestId, failure });
    }
  }

  async #answerTo({ type, requestId }: RequestEffect, isCreation: boolean): Promise<PersistentNodeEvent> {
    const { acl } = this.#options;
    if (isCreation) {
      this.#isStale = false;
      const creating = this.#zk.create(this.path, this.#data, { mode: CreateMode.EPHEMERAL, acl });
      this.#readAhead.send(() => this.#read());
      await creating;
      return { type: "created", requestId };
    }
    if (type === "prepare") {
      await makePath(this.#zk, parentPath(this.path), { acl, container: true });
      return { type: "prepared", requestId };
    }
    return { type: "examined", requestId, owner: await this.#owner() };
  }

  async #owner(): Promise<"own" | "foreign" | "none"> {
    const stat = await this.#readAhead.take(() => this.#read());
    if (stat === null) return "none";
    if (stat.ephemeralOwner !== this.#zk.sessionId) return "foreign";
    this.#version = stat.version;
    while (this.#isStale) if (!(await this.#refresh())) return "none";
    return "own";
  }

  #read(): Promise<Stat | null> {
    const reading = this.#zk.exists(this.path, { watch: this.#onWatch });
    this.#reading = reading;
    return reading;
  }

  /** Writes the current data. Resolves with false if the znode does not exist. */
  async #refresh(): Promise<boolean> {
    this.#isStale = false;
    try {
      await this.#zk.setData(this.path, this.#data);
      return true;
    } catch (error) {
      this.#isStale = true;
      if (isZkError(error, "NO_NODE")) return false;
      throw error;
    }
  }

  /** Removes the watch of a read, in the background. */
  async #unwatch(): Promise<void> {
    try {
      // The watch exists once the read is answered.
      await this.#reading;
      await this.#zk.removeWatches(this.path, { listener: this.#onWatch });
    } catch {
      // The watch does not exist, or has fired.
    }
  }

  async #wait(): Promise<void> {
    const delayMs = backoffMs(++this.#failures, this.#options.random);
    await pause(this.#options.clock, delayMs, this.#closing.signal);
  }
}

/** Returns true if retrying is useless until an operator changes the data, the ACL or a quota. */
function isRejection(error: unknown): boolean {
  return isZkError(error, "BAD_ARGUMENTS", "NO_AUTH", "INVALID_ACL", "QUOTA_EXCEEDED", "NO_CHILDREN_FOR_EPHEMERALS");
}
