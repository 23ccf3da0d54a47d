import { ErrorCode, getChildren, getData, type Stat } from "@conclave/protocol";
import { Wire } from "../wire/wire.js";
import type { Content } from "./workload.js";

/** A znode as a client sees it. */
export interface DumpedNode {
  /** Hexadecimal; `null` where null is stored. */
  readonly data: string | null;
  readonly stat: Stat;
}

/** Everything below and at `root`, by path, as a client reads it. */
export async function dumpTree(port: number, root: string): Promise<Map<string, DumpedNode>> {
  const wire = new Wire(port);
  try {
    await wire.connect();
    const found = new Map<string, DumpedNode>();
    const paths = [root];
    for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
      const node = await wire.call(getData, { path, watch: false });
      if (node.err === ErrorCode.NO_NODE && path === root) return found;
      const list = await wire.call(getChildren, { path, watch: false });
      if (node.response === undefined || list.response === undefined) throw new Error(`${path}: error ${node.err}`);
      const { data, stat } = node.response;
      found.set(path, { data: data === null ? null : Buffer.from(data).toString("hex"), stat });
      for (const name of list.response.children) paths.push(path === "/" ? `/${name}` : `${path}/${name}`);
    }
    return found;
  } finally {
    wire.destroy();
  }
}

/** Only paths and texts of {@link dumpTree}. */
export async function readContent(port: number, root: string): Promise<Content> {
  const nodes = await dumpTree(port, root);
  return new Map([...nodes].map(([path, { data }]) => [path, Buffer.from(data ?? "", "hex").toString()]));
}
