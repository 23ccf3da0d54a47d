import { randomUUID } from "node:crypto";
import { connect, deleteRecursive } from "@conclave/client";

/** How long the ensemble may take to delete it all: one that is gone keeps it. */
const DELETE_LIMIT_MS = 5_000;

/** A part of an ensemble's tree that one run has to itself. */
export interface Stage extends AsyncDisposable {
  /** For the services: everything they do lies in this part. */
  readonly connectString: string;
}

/** Makes a znode of its own for this run. Disposed of, it deletes it with all below; `tell` hears where that cannot be. */
export async function openStage(servers: string, tell: (text: string) => void): Promise<Stage> {
  const zk = await connect(servers, { connectTimeoutMs: 15_000 });
  const root = `/demo-${randomUUID()}`;
  await zk.create(root);
  return {
    connectString: `${servers.replace(/\/$/, "")}${root}`,
    async [Symbol.asyncDispose]() {
      await deleteRecursive(zk, root, { signal: AbortSignal.timeout(DELETE_LIMIT_MS) }).catch(({ message }: Error) =>
        tell(`could not delete ${root} on ${servers}, and leaves it there: ${message}`),
      );
      await zk.close();
    },
  };
}
