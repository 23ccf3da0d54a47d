import { type Codec, isZkError, type OperationOptions, type ZooKeeper } from "@conclave/client";
import { PersistentNode } from "../persistent-node/persistent-node.js";
import { type RecipePlace, type RecipeSettings, type ResolvedRecipe, resolveRecipe } from "../recipe-options.js";
import { GroupView } from "./group-view.js";
import { byAge, type Member } from "./member.js";
import { Membership } from "./membership.js";
import { optionalJson } from "./optional-json.js";

/** How a {@link Group} is made. A name stands for the path `/conclave/groups/<name>`. */
export type GroupOptions<T> = RecipePlace &
  RecipeSettings & {
    /**
     * What members say of themselves.
     * @default JSON, not checked; nothing for `undefined`
     */
    readonly codec?: Codec<T> | undefined;
  };

/** How to join a group. */
export interface JoinOptions<T> extends OperationOptions {
  /**
   * What the member is called. One at a time bears a name: where another session has it, joining waits until that has left.
   * @default `member-` and sixteen hexadecimal digits by chance
   */
  readonly id?: string | undefined;
  /** What the member says of itself. */
  readonly data: T;
}

/**
 * Who is here: processes join under a name, and follow who else has. Making one asks nothing of the ensemble, and makes
 * nobody a member.
 *
 * As Curator's `GroupMember` lays it out: `<path>/<id>`, ephemeral, with what the member says of itself as data.
 */
export class Group<T = unknown> {
  readonly path: string;
  /** The name or, where it was made with one, the path. */
  readonly name: string;
  readonly #zk: ZooKeeper;
  readonly #options: ResolvedRecipe;
  readonly #codec: Codec<T>;

  /** Throws a `TypeError` for options that are wrong. Keeps `zk`, and does not close it. */
  constructor(zk: ZooKeeper, options: GroupOptions<T>) {
    this.#zk = zk;
    this.#options = resolveRecipe("group", "groups", options);
    this.#codec = options.codec ?? (optionalJson as Codec<T>);
    this.path = this.#options.path;
    this.name = this.#options.label;
  }

  /**
   * Joins, and stays a member until it leaves or the client is closed: again in each new session, and again when somebody
   * deletes its znode. Resolves when the ensemble has it. Rejects with the reason of `signal` when that aborts before, with
   * what it was refused with (`NO_AUTH`, `BAD_ARGUMENTS` for too much data, …), with `CLOSED` when the client is closed, and
   * with a `TypeError` for an id that cannot be.
   */
  async join(options: JoinOptions<T>): Promise<Membership<T>> {
    const { random } = this.#options;
    const id = options.id ?? `member-${Buffer.from(random.bytes(8)).toString("hex")}`;
    if (id === "" || id.includes("/") || id === "." || id === ".." || id.includes("\0")) {
      throw new TypeError(`${JSON.stringify(id)} cannot be the id of a member: it is the name of a znode`);
    }
    options.signal?.throwIfAborted();
    const { acl, logger, clock } = this.#options;
    const path = `${this.path}/${id}`;
    const data = this.#codec.encode(options.data);
    const node = new PersistentNode(this.#zk, { path, data, acl, logger, clock, random });
    try {
      await node.whenPresent({ signal: options.signal });
    } catch (error) {
      await node.close();
      throw error;
    }
    return new Membership(id, node, this.#codec);
  }

  /** Who is here, by what this client's server knows, the oldest member first. Needs no membership. */
  async members(options: OperationOptions = {}): Promise<Member<T>[]> {
    const names = await this.#zk.getChildren(this.path, options).catch((error: unknown): string[] => {
      if (isZkError(error, "NO_NODE")) return [];
      throw error;
    });
    const members = await Promise.all(names.map((id) => this.#member(id, options)));
    return members.filter((member) => member !== undefined).sort(byAge);
  }

  /**
   * Begins to follow who is here. Resolves when the view has everybody who is; rejects when `signal` aborts before, with its
   * reason. The view is to be closed.
   */
  async follow({ signal }: OperationOptions = {}): Promise<GroupView<T>> {
    signal?.throwIfAborted();
    const { logger, clock, random } = this.#options;
    const view = new GroupView<T>(this.#zk, { path: this.path, codec: this.#codec, logger, clock, random });
    const abort = (): void => void view.close();
    signal?.addEventListener("abort", abort);
    try {
      await view.ready;
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
    return view;
  }

  async #member(id: string, options: OperationOptions): Promise<Member<T> | undefined> {
    const path = `${this.path}/${id}`;
    try {
      const { data, stat } = await this.#zk.getData(path, options);
      return { id, path, data: await this.#codec.decode(data), sessionId: stat.ephemeralOwner, czxid: stat.czxid };
    } catch (error) {
      if (isZkError(error, "NO_NODE")) return undefined;
      throw error;
    }
  }
}
