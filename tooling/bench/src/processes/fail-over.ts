import { connect } from "@conclave/client";

/** Times of one fail-over, in milliseconds since the fault. */
export interface FailOver {
  /** Until a server other than the leader stopped to serve, because it had noticed the loss. */
  readonly detectedMs: number;
  /** From then on, until a client of these servers had written again: election, synchronization, reconnection. */
  readonly recoveredMs: number;
}

/**
 * Harms the leader, and measures the fail-over with a client of the other servers, which writes to an existing znode. A server
 * that has lost its leader closes its clients' connections at once, ours and Apache's: that is the moment of detection.
 *
 * @param others connect string of the servers that are not harmed
 */
export async function measureFailOver(others: string, path: string, harm: () => Promise<unknown>): Promise<FailOver> {
  await using zk = await connect(others, {
    ...{ sessionTimeoutMs: 60_000, connectTimeoutMs: 60_000, backoff: { initialMs: 5, maxMs: 10 } },
  });
  let detectedAt: number | undefined;
  zk.on("state", ({ state }) => {
    if (state === "suspended") detectedAt ??= performance.now();
  });
  const harmedAt = performance.now();
  await harm();
  for (;;) {
    const isWritten = await zk.setData(path, Buffer.alloc(100)).then(
      () => true,
      () => false,
    );
    // A write may still have been under way when the leader was harmed.
    if (!isWritten || detectedAt === undefined) continue;
    return { detectedMs: detectedAt - harmedAt, recoveredMs: performance.now() - detectedAt };
  }
}
