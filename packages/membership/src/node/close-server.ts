import type { Server } from "node:net";
import type { Clock, Timer } from "@conclave/runtime";

/** A connection that was kept alive when its last answer began is closed when that has ended, this much later at most. */
const SWEEP_MS = 50;

/**
 * Stops a server: it takes no more connections, and those on which a request runs are cut when that takes longer than
 * `timeoutMs`. Resolves when all are closed; at once if it was closed before.
 */
export function closeServer(server: Server, timeoutMs: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const deadline = clock.setTimer(timeoutMs, () => callIfThere(server, "closeAllConnections"));
    let sweep: Timer;
    server.close(() => {
      deadline.cancel();
      sweep.cancel();
      resolve();
    });
    const closeIdle = (): void => {
      sweep = clock.setTimer(SWEEP_MS, closeIdle);
      callIfThere(server, "closeIdleConnections");
    };
    closeIdle();
  });
}

/** HTTP/1 servers have these methods, others may not. */
function callIfThere(server: Server, method: "closeAllConnections" | "closeIdleConnections"): void {
  const found = (server as Server & Partial<Record<typeof method, () => void>>)[method];
  found?.call(server);
}
