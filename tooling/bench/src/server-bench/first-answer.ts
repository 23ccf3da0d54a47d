import { RawConnection } from "./load/raw-connection.ts";

const EVERY_MS = 2;

/**
 * Resolves as soon as the server at this port opens a session. Knocks every few milliseconds without waiting for the
 * answer to the last knock: Apache ZooKeeper may leave a connection without any that came while it started.
 */
export function firstAnswer(port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      clearInterval(timer);
      signal.removeEventListener("abort", abort);
      knocking.abort();
      settle();
    };
    const abort = (): void => finish(() => reject(signal.reason));
    const knocking = new AbortController();
    const knock = (): void => {
      RawConnection.open(port, knocking.signal).then(
        (connection) => {
          connection.destroy();
          finish(resolve);
        },
        () => {},
      );
    };
    const timer = setInterval(knock, EVERY_MS);
    signal.addEventListener("abort", abort);
    knock();
  });
}
