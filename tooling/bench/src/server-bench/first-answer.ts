import { onAbort } from "@conclave/runtime";
import { RawConnection } from "./load/raw-connection.ts";

const EVERY_MS = 2;

/**
 * Resolves as soon as the server at this port opens a session. Connects every few milliseconds without waiting for earlier
 * attempts: Apache ZooKeeper may never answer a connection that was opened while it started.
 */
export function firstAnswer(port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      clearInterval(timer);
      removeCallback();
      attempts.abort();
      settle();
    };
    let removeCallback = (): void => {};
    const attempts = new AbortController();
    const attempt = (): void => {
      RawConnection.open(port, attempts.signal).then(
        (connection) => {
          connection.destroy();
          finish(resolve);
        },
        () => {},
      );
    };
    const timer = setInterval(attempt, EVERY_MS);
    attempt();
    removeCallback = onAbort(signal, () => finish(() => reject(signal.reason)));
  });
}
