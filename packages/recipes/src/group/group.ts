import type { Codec, OperationOptions, ZooKeeper } from "@conclave/client";
import {
  type RecipePlace,
  type RecipeSettings,
  type ResolvedRecipe,
  resolveRecipe,
} from "../options/recipe-options.js";
import { PersistentNode } from "../persistent-node/persistent-node.js";
import {
  type ReportUnreadable,
  readChildren,
  type UnreadableSettings,
  unreadableReport,
} from "../watching/read-children.js";
import { GroupView } from "./group-view.js";
import { byAge, type Member } from "./member.js";
import { Membership } from "./membership.js";
import { optionalJson } from "./optional-json.js";

/** How a {@link Group} is made. A name stands for the path `/conclave/groups/<name>`. */
export type GroupOptions<T> = RecipePlace &
  RecipeSettings &
  UnreadableSettings & {
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
  readonly #report: ReportUnreadable;

  /** Throws a `TypeError` for options that are wrong. Keeps `zk`, and does not close it. */
  constructor(zk: ZooKeeper, options: GroupOptions<T>) {
    this.#zk = zk;
    this.#options = resolveRecipe("group", "groups", options);
    this.#codec = options.codec ?? (optionalJson as Codec<T>);
    this.path = this.#options.path;
    this.name = this.#options.label;
    this.#report = unreadableReport(`a member of the group ${this.name}`, this.#options.logger, options);
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

  /**
   * Resolves with the members, the oldest first, by what this client's server knows. Needs no membership. A member that
   * cannot be read is left out and reported (`onUnreadable`).
   */
  async members(options: OperationOptions = {}): Promise<Member<T>[]> {
    const children = await readChildren(this.#zk, this.path, this.#codec, this.#report, options);
    return children
      .map(({ name, path, data, stat }) => ({
        id: name,
        path,
        data,
        sessionId: stat.ephemeralOwner,
        czxid: stat.czxid,
      }))
      .sort(byAge);
  }

  /**
   * Begins to follow who is here. Resolves when the view has everybody who is; rejects when `signal` aborts before, with its
   * reason. The view is to be closed.
   */
  async follow({ signal }: OperationOptions = {}): Promise<GroupView<T>> {
    signal?.throwIfAborted();
    const { logger, clock, random } = this.#options;
    const view = new GroupView<T>(
      this.#zk,
      { path: this.path, codec: this.#codec, logger, clock, random },
      this.#report,
    );
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
}
