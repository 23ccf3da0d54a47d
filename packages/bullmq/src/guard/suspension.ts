import type { ZooKeeper } from "@conclave/client";
import { onAbort } from "@conclave/runtime";

/** A signal that aborts when no job may start; dispose of it when the job has its grant. */
export interface Suspension extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * Returns a signal that aborts as soon as the session is not connected or `closing` aborts. If that is already so, it has
 * aborted.
 */
export function watchSuspension(client: ZooKeeper, closing: AbortSignal | undefined): Suspension {
  const controller = new AbortController();
  const onState = (): void => {
    if (client.state !== "connected") controller.abort(new Error(`the session is ${client.state}`));
  };
  client.on("state", onState);
  onState();
  // Not AbortSignal.any: `closing` lives as long as the worker, and a listener per job must be removed from it.
  const removeCallback = onAbort(closing, () => controller.abort(closing?.reason));
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      client.off("state", onState);
      removeCallback();
    },
  };
}
