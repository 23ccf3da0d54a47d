import type { Codec, OperationOptions, ZooKeeper } from "@conclave/client";
import { onAbort } from "@conclave/runtime";
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

/** Options of {@link Group}. A name means the path `/conclave/groups/<name>`. */
export type GroupOptions<T> = RecipePlace &
  RecipeSettings &
  UnreadableSettings & {
    /**
     * Codec of the members' data.
     * @default unchecked JSON; no bytes for `undefined`
     */
    readonly codec?: Codec<T> | undefined;
  };

/** Options of {@link Group.join}. */
export interface JoinOptions<T> extends OperationOptions {
  /**
   * Name of the member. A name belongs to one member at a time: if another session uses it, `join` waits until that member
   * has left.
   * @default `member-` and sixteen random hexadecimal digits
   */
  readonly id?: string | undefined;
  /** Data of the member. */
  readonly data: T;
}

/**
 * Membership of processes: they join under a name, and follow the other members. Constructing a group sends no request and adds
 * no member.
 *
 * Layout of Curator's `GroupMember`: `<path>/<id>`, ephemeral, with the member's data.
 */
export class Group<T = unknown> {
  readonly path: string;
  /** Name or, if it has none, path of the group. */
  readonly name: string;
  readonly #zk: ZooKeeper;
  readonly #options: ResolvedRecipe;
  readonly #codec: Codec<T>;
  readonly #report: ReportUnreadable;

  /** Throws a `TypeError` for invalid options. Does not close `zk`. */
  constructor(zk: ZooKeeper, options: GroupOptions<T>) {
    this.#zk = zk.readWrite;
    this.#options = resolveRecipe("group", "groups", options);
    this.#codec = options.codec ?? (optionalJson as Codec<T>);
    this.path = this.#options.path;
    this.name = this.#options.label;
    this.#report = unreadableReport(`a member of the group ${this.name}`, this.#options.logger, options);
  }

  /**
   * Joins, and stays a member until it leaves or the client is closed: it joins again in each new session, and after another
   * client deleted its znode. Resolves when the ensemble has created the znode. Rejects with the reason of `signal` if it
   * aborts before, with the error of a rejected request (`NO_AUTH`, `BAD_ARGUMENTS` for too much data, …), with `CLOSED` when
   * the client is closed, and with a `TypeError` for an invalid id.
   */
  async join(options: JoinOptions<T>): Promise<Membership<T>> {
    const { random } = this.#options;
    const id = options.id ?? `member-${Buffer.from(random.bytes(8)).toString("hex")}`;
    if (id === "" || id.includes("/") || id === "." || id === ".." || id.includes("\0")) {
      throw new TypeError(`${JSON.stringify(id)} cannot be the id of a member: it must be a valid znode name`);
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
   * Resolves with the members, the oldest first, as this client's server knows them. Any client can call it. A member that
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
   * Starts a live view of the members. Resolves when the view holds all present members; rejects with the reason of `signal`
   * if it aborts before. The caller closes the view.
   */
  async follow({ signal }: OperationOptions = {}): Promise<GroupView<T>> {
    signal?.throwIfAborted();
    const { logger, clock, random } = this.#options;
    const view = new GroupView<T>(
      this.#zk,
      { path: this.path, codec: this.#codec, logger, clock, random },
      this.#report,
    );
    const removeCallback = onAbort(signal, () => void view.close());
    try {
      await view.ready;
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      removeCallback();
    }
    return view;
  }
}
