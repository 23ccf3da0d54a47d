import { randomUUID } from "node:crypto";
import { connect, isZkError, type ZooKeeper } from "@conclave/client";

/** A part of an ensemble's tree that one run has to itself. */
export interface Stage extends AsyncDisposable {
  /** For the services: everything they do lies in this part. */
  readonly connectString: string;
}

/** Makes a znode of its own for this run, and deletes it with all below when disposed of. */
export async function openStage(servers: string): Promise<Stage> {
  const zk = await connect(servers, { connectTimeoutMs: 15_000 });
  const root = `/demo-${randomUUID()}`;
  await zk.create(root);
  return {
    connectString: `${servers.replace(/\/$/, "")}${root}`,
    async [Symbol.asyncDispose]() {
      await deleteTree(zk, root);
      await zk.close();
    },
  };
}

/** Children first. Whatever is gone already is fine. */
async function deleteTree(zk: ZooKeeper, path: string): Promise<void> {
  try {
    for (const child of await zk.getChildren(path)) await deleteTree(zk, `${path}/${child}`);
    await zk.delete(path);
  } catch (error) {
    if (!isZkError(error, "NO_NODE")) throw error;
  }
}
