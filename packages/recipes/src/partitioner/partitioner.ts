import { type OperationOptions, textCodec, ZkError, type ZooKeeper } from "@conclave/client";
import { Group } from "../group/group.js";
import type { GroupView } from "../group/group-view.js";
import { Mutex } from "../mutex/mutex.js";
import {
  type GrantSettings,
  nameComponent,
  type OnSuspended,
  type RecipePlace,
  type ResolvedRecipe,
  resolveOnSuspended,
  resolveRecipe,
} from "../options/recipe-options.js";
import { Broadcast } from "../watching/broadcast.js";
import { HeldPartition } from "./held-partition.js";
import type { OwnedPartition, Partition, PartitionEvent } from "./partition.js";
import { memberFor } from "./rendezvous.js";

/*
 *     <path>/members/<id>                      a group: the members that share the keys
 *     <path>/keys/<key, percent-encoded>/…     a mutex: its holder owns the key
 */

/** Options of {@link Partitioner}. A name means the path `/conclave/partitions/<name>`. */
export type PartitionerOptions = RecipePlace &
  GrantSettings & {
    /** Keys to share. All members must use the same set: a key missing in some of them may have no owner. */
    readonly keys: readonly string[];
    /**
     * Name of this member and of its znode, unique among the members at a time.
     * @default `member-` and sixteen random hexadecimal digits
     */
    readonly id?: string | undefined;
  };

/** Task of the owner of a partition. */
export type PartitionTask = (partition: Partition) => Promise<void> | void;

/**
 * Shares a set of keys among processes: each key belongs to one of the present members, by rendezvous hashing, so that few
 * keys move when a member joins or leaves. The owner of a key holds a mutex for it: two members never own a key at once,
 * even if they disagree about the members, and the next owner begins after the previous owner's task or session has ended.
 */
export class Partitioner {
  readonly path: string;
  readonly id: string;
  readonly keys: readonly string[];
  readonly #zk: ZooKeeper;
  readonly #options: ResolvedRecipe;
  readonly #onSuspended: OnSuspended;
  readonly #group: Group<string>;
  readonly #changes: Broadcast<PartitionEvent>;
  #held: ReadonlyMap<string, HeldPartition> = new Map();

  /** Sends no request. Throws a `TypeError` for invalid options. Does not close `zk`. */
  constructor(zk: ZooKeeper, options: PartitionerOptions) {
    this.#zk = zk.readWrite;
    this.#options = resolveRecipe("partitioner", "partitions", options);
    this.#onSuspended = resolveOnSuspended(options.onSuspended);
    const { path, acl, logger, clock, random } = this.#options;
    this.path = path;
    this.id = options.id ?? `member-${Buffer.from(random.bytes(8)).toString("hex")}`;
    this.keys = Object.freeze([...new Set(options.keys)]);
    for (const key of this.keys) nameComponent("partition", key);
    this.#group = new Group(zk, { path: `${path}/members`, acl, logger, clock, random, codec: textCodec });
    this.#changes = new Broadcast(logger);
  }

  /**
   * Joins, and runs `task` for each key while this member owns it, until `signal` aborts: the signals of the partitions then
   * abort, and it resolves when all tasks have ended and all keys are released.
   *
   * - The task gets the partition. When its signal aborts, the task must end: the next owner waits for that. If the task ends
   *   before, this member still owns the key.
   * - After the loss of a key, the member to which it is assigned runs the task again; this member only after its task has
   *   ended.
   *
   * Rejects with an error that a task threw while it owned the key, after all keys are released; and with `CLOSED` or
   * `SESSION_EXPIRED` when the client has ended. Rejects if another call is running.
   */
  async run(task: PartitionTask, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    if (this.#held.size > 0) throw new Error(`the partitioner at ${this.path} is already running`);
    if (signal.aborted) return;
    const failure = new AbortController();
    const stop = AbortSignal.any([signal, failure.signal]);
    const held = new Map(this.keys.map((key) => [key, this.#newPartition(key, task, failure)]));
    this.#held = held;
    const onState = (): void => void this.#failWithClient(failure);
    this.#zk.on("state", onState);
    try {
      await this.#share(held, stop);
    } catch (error) {
      if (!stop.aborted) failure.abort(error);
    } finally {
      this.#zk.off("state", onState);
      for (const each of held.values()) each.assign(false);
      await Promise.all([...held.values()].map((each) => each.whenIdle()));
      this.#held = new Map();
    }
    if (failure.signal.aborted) throw failure.signal.reason;
  }

  /** Returns the partition of `key` while this member owns it; `undefined` once its signal has aborted. Sends no request. */
  current(key: string): Partition | undefined {
    return this.#held.get(key)?.current;
  }

  /** Returns true while this member owns `key`. Sends no request. */
  owns(key: string): boolean {
    return this.current(key) !== undefined;
  }

  /**
   * Resolves with the id of the member that owns `key`, as this client's server knows; `undefined` while no member owns it. Any
   * client can call it.
   */
  async ownerOf(key: string, options: OperationOptions = {}): Promise<string | undefined> {
    return (await this.#lock(key).contenders(options))[0]?.id;
  }

  /** Resolves with the ids of the members, as this client's server knows them. Any client can call it. */
  async members(options: OperationOptions = {}): Promise<string[]> {
    return (await this.#group.members(options)).map(({ id }) => id);
  }

  /** Adds a listener for keys that are acquired and released; returns a function that removes it. */
  on(listener: (event: PartitionEvent) => void): () => void {
    return this.#changes.on(listener);
  }

  /** Joins, and claims the keys that belong to this member, until `stop` aborts. */
  async #share(held: ReadonlyMap<string, HeldPartition>, stop: AbortSignal): Promise<void> {
    await using _membership = await this.#group.join({ id: this.id, data: "", signal: stop });
    await using view = await this.#group.follow({ signal: stop });
    this.#assign(held, view);
    for await (const _ of view.events({ signal: stop })) this.#assign(held, view);
    // If `stop` has not aborted, the view has ended because the client was closed.
    if (!stop.aborted) throw new Error(`the view of the members at ${this.path} ended`);
  }

  #assign(held: ReadonlyMap<string, HeldPartition>, view: GroupView<string>): void {
    // While the connection is lost the view may be outdated: keep the assignment.
    if (!view.isFresh) return;
    const members = view.members.map(({ id }) => id);
    for (const [key, each] of held) each.assign(memberFor(key, members) === this.id);
  }

  #newPartition(key: string, task: PartitionTask, failure: AbortController): HeldPartition {
    const { logger, clock, random } = this.#options;
    const run = async (partition: OwnedPartition): Promise<void> => {
      try {
        await task(partition);
      } catch (error) {
        // A task may stop by throwing once its signal has aborted.
        if (!partition.signal.aborted) failure.abort(error);
        else logger.debug(`the task of the partition ${key} ended with it`, { error });
      }
    };
    const publish = (event: PartitionEvent): void => this.#changes.emit(event);
    return new HeldPartition({ key, lock: this.#lock(key), logger, clock, random, run, publish });
  }

  #lock(key: string): Mutex {
    const { acl, logger, clock, random } = this.#options;
    const path = `${this.path}/keys/${nameComponent("partition", key)}`;
    return new Mutex(this.#zk, { path, id: this.id, onSuspended: this.#onSuspended, acl, logger, clock, random });
  }

  async #failWithClient(failure: AbortController): Promise<void> {
    // After an expiry, let the client open its next session first.
    await Promise.resolve();
    const { state } = this.#zk;
    if (state !== "closed" && state !== "expired") return;
    const code = state === "closed" ? "CLOSED" : "SESSION_EXPIRED";
    failure.abort(
      new ZkError(code, `the partitioner at ${this.path} ended: the client is ${state}`, {
        outcome: "not-applied",
        path: this.path,
      }),
    );
  }
}
