import { CreateMode, type Stat } from "@conclave/client";

/** A single write, or a write of a transaction. */
export type Write =
  | { readonly do: "create"; readonly path: string; readonly data: string | null; readonly mode: CreateMode }
  | { readonly do: "setData"; readonly path: string; readonly data: string | null; readonly version: number }
  | { readonly do: "delete" | "check"; readonly path: string; readonly version: number };

/** Fields of a Stat that do not depend on the time. */
export type ModelStat = Pick<Stat, "version" | "cversion" | "dataLength" | "numChildren" | "ephemeralOwner">;

interface Znode {
  readonly data: string | null;
  readonly version: number;
  /** Number of children ever created: the next sequence number. */
  readonly made: number;
  readonly owner: bigint;
}

/** A rejected write: error code and path. */
export class Refusal {
  readonly code: string;
  readonly path: string;

  constructor(code: string, path: string) {
    this.code = code;
    this.path = path;
  }
}

/** Simple model of the tree: the results that one client may expect of consecutive calls. */
export class TreeModel {
  #znodes: ReadonlyMap<string, Znode>;
  readonly #sessionId: bigint;

  constructor(sessionId: bigint) {
    this.#sessionId = sessionId;
    this.#znodes = new Map([["/", { data: null, version: 0, made: 0, owner: 0n }]]);
  }

  /** Applies all writes or none. Returns a path for a create, a Stat for a setData, undefined for other writes. */
  write(writes: readonly Write[]): (string | ModelStat | undefined)[] | Refusal {
    const before = this.#znodes;
    const results = [];
    for (const write of writes) {
      const result = this.#writeOne(write);
      if (result instanceof Refusal) {
        this.#znodes = before;
        return result;
      }
      results.push(result);
    }
    return results;
  }

  data(path: string): string | null {
    return this.#znodes.get(path)?.data ?? null;
  }

  children(path: string): string[] {
    const prefix = path === "/" ? "/" : `${path}/`;
    const below = [...this.#znodes.keys()].filter((each) => each !== "/" && each.startsWith(prefix));
    return below.map((each) => each.slice(prefix.length)).filter((name) => !name.includes("/"));
  }

  stat(path: string): ModelStat | null {
    const znode = this.#znodes.get(path);
    if (znode === undefined) return null;
    const numChildren = this.children(path).length;
    return {
      version: znode.version,
      // Counts the creates, and the deletes of all children that do not exist any more.
      cversion: 2 * znode.made - numChildren,
      dataLength: Buffer.byteLength(znode.data ?? ""),
      numChildren,
      ephemeralOwner: znode.owner,
    };
  }

  #writeOne(write: Write): string | ModelStat | undefined | Refusal {
    if (write.do === "create") return this.#create(write);
    const { path, version } = write;
    const znode = this.#znodes.get(path);
    if (znode === undefined) return new Refusal("NO_NODE", path);
    if (version !== -1 && version !== znode.version) return new Refusal("BAD_VERSION", path);
    if (write.do === "check") return undefined;
    if (write.do === "setData") {
      this.#put(path, { ...znode, data: write.data, version: znode.version + 1 });
      return this.stat(path) as ModelStat;
    }
    if (this.children(path).length > 0) return new Refusal("NOT_EMPTY", path);
    this.#put(path, undefined);
    return undefined;
  }

  #create({ path: asked, data, mode }: Extract<Write, { do: "create" }>): string | Refusal {
    const parentPath = asked.slice(0, asked.lastIndexOf("/")) || "/";
    const parent = this.#znodes.get(parentPath);
    if (parent === undefined) return new Refusal("NO_NODE", asked);
    const isSequential = mode === CreateMode.PERSISTENT_SEQUENTIAL || mode === CreateMode.EPHEMERAL_SEQUENTIAL;
    const path = isSequential ? `${asked}${String(parent.made).padStart(10, "0")}` : asked;
    if (this.#znodes.has(path)) return new Refusal("NODE_EXISTS", asked);
    if (parent.owner !== 0n) return new Refusal("NO_CHILDREN_FOR_EPHEMERALS", asked);
    const isEphemeral = mode === CreateMode.EPHEMERAL || mode === CreateMode.EPHEMERAL_SEQUENTIAL;
    this.#put(parentPath, { ...parent, made: parent.made + 1 });
    this.#put(path, { data, version: 0, made: 0, owner: isEphemeral ? this.#sessionId : 0n });
    return path;
  }

  #put(path: string, znode: Znode | undefined): void {
    const znodes = new Map(this.#znodes);
    if (znode === undefined) znodes.delete(path);
    else znodes.set(path, znode);
    this.#znodes = znodes;
  }
}
