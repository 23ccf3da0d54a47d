import type { Stat, ZooKeeper } from "@conclave/client";
import { isZkError } from "@conclave/client";
import { childrenWord, dataWord, namesWord } from "./actor.ts";
import { ABSENT, type Watched } from "./watch-log.ts";

/** State of a znode. */
export interface Znode {
  readonly path: string;
  readonly data: string;
  readonly stat: Stat;
  readonly names: readonly string[];
}

/** The tree of a round, read by a client without faults. */
export class TreeSnapshot {
  readonly #znodes: ReadonlyMap<string, Znode>;
  readonly #byData = new Map<string, Znode[]>();

  private constructor(znodes: ReadonlyMap<string, Znode>) {
    this.#znodes = znodes;
    for (const znode of znodes.values()) this.#byData.set(znode.data, [...(this.#byData.get(znode.data) ?? []), znode]);
  }

  static async read(zk: ZooKeeper): Promise<TreeSnapshot> {
    await zk.sync("/");
    const znodes = new Map<string, Znode>();
    const visit = async (path: string): Promise<void> => {
      const found = await Promise.all([zk.getData(path), zk.getChildren(path)]).catch((error: unknown) => {
        if (isZkError(error, "NO_NODE")) return undefined;
        throw error;
      });
      if (found === undefined) return;
      const [{ data, stat }, names] = found;
      znodes.set(path, { path, data: data?.toString() ?? "", stat, names });
      await Promise.all(names.map((name) => visit(path === "/" ? `/${name}` : `${path}/${name}`)));
    };
    await visit("/");
    return new TreeSnapshot(znodes);
  }

  at(path: string): Znode | undefined {
    return this.#znodes.get(path);
  }

  /** Returns the znodes that hold these data. */
  holding(data: string): readonly Znode[] {
    return this.#byData.get(data) ?? [];
  }

  get ephemerals(): readonly Znode[] {
    return [...this.#znodes.values()].filter(({ stat }) => stat.ephemeralOwner !== 0n);
  }

  /** Returns the encoded state that a read of this kind would see. */
  word(of: Watched, path: string): string {
    const znode = this.at(path);
    if (znode === undefined) return ABSENT;
    if (of === "names") return namesWord(znode.names);
    return of === "children" ? childrenWord(znode.stat) : dataWord(znode.stat);
  }
}
