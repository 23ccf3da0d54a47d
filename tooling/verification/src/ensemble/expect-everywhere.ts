import type { ZooKeeper } from "@conclave/client";
import { expect } from "vitest";
import type { TestEnsemble } from "./test-ensemble.ts";

/** Reads all names below a path from one member, after everything that the leader had committed. */
export async function names(zk: ZooKeeper, path: string): Promise<string[]> {
  await zk.sync(path);
  return (await zk.getChildren(path)).sort();
}

/** Checks that each member has every acknowledged write. */
export async function expectEverywhere(all: TestEnsemble, root: string, written: readonly string[]): Promise<void> {
  for (const member of all.members) {
    const found = new Set(await names(await all.client(member), root));
    const missing = written.filter((path) => !found.has(path.slice(root.length + 1)));
    expect(missing, `missing at server ${member.id}, ${member.kind}:\n${member.output}`).toEqual([]);
  }
}
