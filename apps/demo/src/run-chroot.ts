import { randomUUID } from "node:crypto";
import { connect, deleteRecursive } from "@conclave/client";

const CONNECT_LIMIT_MS = 15_000;
const DELETE_LIMIT_MS = 5_000;

/** A chroot that exists for one run. Disposal deletes it with all its znodes. */
export interface RunChroot extends AsyncDisposable {
  /** Leads to the chroot: the apps see nothing else of the ensemble. */
  readonly connectString: string;
}

/**
 * Creates a chroot on an ensemble. Rejects if the ensemble does not answer within 15 seconds. If the chroot cannot be deleted
 * at the end, it stays and `log` receives the reason.
 */
export async function createRunChroot(servers: string, log: (text: string) => void): Promise<RunChroot> {
  const zk = await connect(servers, { connectTimeoutMs: CONNECT_LIMIT_MS });
  const root = `/demo-${randomUUID()}`;
  await zk.create(root);
  return {
    connectString: `${servers.replace(/\/$/, "")}${root}`,
    async [Symbol.asyncDispose]() {
      await deleteRecursive(zk, root, { signal: AbortSignal.timeout(DELETE_LIMIT_MS) }).catch(({ message }: Error) =>
        log(`could not delete ${root} on ${servers}: ${message}; delete it with a ZooKeeper shell`),
      );
      await zk.close();
    },
  };
}
