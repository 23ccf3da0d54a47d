import {
  CreateMode,
  create,
  deleteNode,
  ErrorCode,
  type MultiOperation,
  multi,
  OPEN_ACL_UNSAFE,
  OpCode,
  type Operation,
  setData,
} from "@conclave/protocol";
import { type Random, randomInt } from "@conclave/runtime";
import { Wire } from "../wire/wire.js";

/** Content of a writer's part of the tree: data by path. */
export type Content = ReadonlyMap<string, string>;

/** A write, and the expected content after it. */
interface Write {
  readonly send: (wire: Wire, xid: number) => void;
  readonly after: Content;
}

const WINDOW = 32;

const newNode = (path: string, data: string) => ({
  path,
  data: Buffer.from(data),
  acl: OPEN_ACL_UNSAFE,
  flags: CreateMode.PERSISTENT,
});

/**
 * One connection that writes below its own path, many requests at a time, and knows the expected state: the result of
 * all acknowledged writes and a prefix of those in flight, because a session's writes are applied in order.
 */
export class Writer {
  readonly root: string;
  readonly #random: Random;
  /** Content before the first write of this connection. */
  #before: Content = new Map();
  #writes: Write[] = [];
  #acknowledged = 0;
  #serial = 0;

  constructor(root: string, random: Random) {
    this.root = root;
    this.#random = random;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  /**
   * Writes until the connection ends, which it may do before there is a session. `onAcknowledged` is called for each reply.
   * Throws at a reply that is wrong.
   */
  async run(port: number, onAcknowledged: () => void): Promise<void> {
    const wire = new Wire(port);
    const session = await wire.connect({ timeoutMs: 30_000 }).catch(() => undefined);
    if (session === undefined) return wire.destroy();
    let isOpen = true;
    void wire.closed.then(() => {
      isOpen = false;
    });
    while (isOpen) {
      while (this.#writes.length < this.#acknowledged + WINDOW) {
        const write = this.#next();
        this.#writes.push(write);
        write.send(wire, this.#writes.length);
      }
      const reply = await wire.reply().catch(() => undefined);
      if (reply === undefined) break;
      if (reply.err !== ErrorCode.OK || reply.xid !== this.#acknowledged + 1) {
        throw new Error(`${this.root}: request ${this.#acknowledged + 1}: reply ${reply.xid}, error ${reply.err}`);
      }
      this.#acknowledged++;
      onAcknowledged();
    }
    wire.destroy();
  }

  /**
   * Compares the content found with the expected one, and continues from it. Throws if an acknowledged write is
   * missing, a write was applied without one before it, or a multi was applied in part.
   */
  settle(found: Content): void {
    const states = [this.#before, ...this.#writes.map(({ after }) => after)];
    const possible = states.slice(this.#acknowledged);
    const match = possible.findIndex((state) => isSame(state, found));
    if (match === -1) {
      const known = states.findIndex((state) => isSame(state, found));
      const which = known === -1 ? "is no state that it ever had" : `is the state after write ${known}`;
      throw new Error(
        `${this.root} ${which}; ${this.#acknowledged} writes were acknowledged, ${this.#writes.length} sent. ` +
          `Found ${text(found)}, acknowledged ${text(states[this.#acknowledged]!)}`,
      );
    }
    this.#before = possible[match]!;
    this.#writes = [];
    this.#acknowledged = 0;
  }

  #next(): Write {
    const state = this.#writes.at(-1)?.after ?? this.#before;
    if (!state.has(this.root)) return this.#single(state, create, newNode(this.root, ""), [this.root, ""]);
    const path = `${this.root}/${++this.#serial}`;
    const data = `${this.#serial}${"x".repeat(randomInt(this.#random, 200))}`;
    const children = [...state.keys()].filter((each) => each !== this.root);
    switch (randomInt(this.#random, children.length > 20 ? 5 : 4)) {
      case 0:
        return this.#single(state, setData, { path: this.root, data: Buffer.from(data), version: -1 }, [
          this.root,
          data,
        ]);
      case 1:
        return this.#pair(state, path, data);
      case 2:
        return this.#failingMulti(state, path);
      case 3:
        return this.#single(state, create, newNode(path, data), [path, data]);
      default: {
        const victim = children[randomInt(this.#random, children.length)]!;
        return this.#single(state, deleteNode, { path: victim, version: -1 }, [victim, undefined]);
      }
    }
  }

  #single<Q>(
    state: Content,
    operation: Operation<Q, unknown>,
    request: Q,
    ...changes: (readonly [path: string, data: string | undefined])[]
  ): Write {
    const after = new Map(state);
    for (const [path, data] of changes) {
      if (data === undefined) after.delete(path);
      else after.set(path, data);
    }
    return { send: (wire, xid) => wire.send(operation, request, xid), after };
  }

  /** Two znodes and a change: all of them, or none. */
  #pair(state: Content, path: string, data: string): Write {
    const operations: MultiOperation[] = [
      { type: OpCode.create, ...newNode(`${path}-a`, data) },
      { type: OpCode.setData, path: this.root, data: Buffer.from(data), version: -1 },
      { type: OpCode.create2, ...newNode(`${path}-b`, data) },
    ];
    return this.#single(state, multi, operations, [`${path}-a`, data], [this.root, data], [`${path}-b`, data]);
  }

  /** Creates a znode and then fails: nothing must come of it. */
  #failingMulti(state: Content, path: string): Write {
    const operations: MultiOperation[] = [
      { type: OpCode.create, ...newNode(`${path}-never`, "") },
      { type: OpCode.delete, path: `${path}-missing`, version: -1 },
    ];
    return this.#single(state, multi, operations);
  }
}

function isSame(a: Content, b: Content): boolean {
  return a.size === b.size && [...a].every(([path, data]) => b.get(path) === data);
}

function text(content: Content): string {
  return JSON.stringify([...content].map(([path, data]) => `${path}=${data.replace(/x+$/, "")}`).sort());
}
