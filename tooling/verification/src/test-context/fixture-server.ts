import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "@conclave/server";
import { afterAll, beforeAll } from "vitest";
import { type SnapshotNode, snapshotOf } from "../conformance/wire/snapshot-of.ts";

/**
 * Starts a server of ours for the enclosing suite, with these znodes and their parents in its snapshot: for example with counters
 * that no test could reach.
 */
export function startFixtureServer(nodes: readonly SnapshotNode[]): { connectString(): string } {
  let server: Awaited<ReturnType<typeof startServer>> | undefined;
  let dataDir = "";
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "conclave-fixture-"));
    await mkdir(join(dataDir, "version-2"));
    await writeFile(join(dataDir, "version-2", "snapshot.0"), snapshotOf(withParents(nodes)));
    server = await startServer({
      clientPort: 0,
      dataDir,
      tickTimeMs: 200,
      maxSessionTimeoutMs: 120_000,
      preAllocBytes: 1024 * 1024,
    });
  });
  afterAll(async () => {
    await server?.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  return {
    connectString: () => {
      if (server === undefined) throw new Error("call connectString() in tests and hooks only");
      return server.connectString;
    },
  };
}

function withParents(nodes: readonly SnapshotNode[]): SnapshotNode[] {
  const fixture = new Map<string, SnapshotNode>();
  for (const { path } of nodes) {
    const names = path.slice(1).split("/");
    for (let depth = 1; depth <= names.length; depth++) {
      const parent = `/${names.slice(0, depth).join("/")}`;
      fixture.set(parent, nodes.find((node) => node.path === parent) ?? { path: parent });
    }
  }
  return [...fixture.values()];
}
