import type { ZooKeeper } from "@conclave/client";

/** Aborts as soon as no job is to start any more; to be disposed of. */
export interface Hindrance extends Disposable {
  readonly signal: AbortSignal;
}

/** Watches, from the call on, whether the session is connected and the worker does not close. */
export function watchForHindrance(client: ZooKeeper, closing: AbortSignal | undefined): Hindrance {
  const controller = new AbortController();
  const onState = (): void => {
    if (client.state !== "connected") controller.abort(new Error(`the session is ${client.state}`));
  };
  const onClosing = (): void => controller.abort(closing?.reason);
  client.on("state", onState);
  // Not AbortSignal.any: what is added to a signal that lives as long as the worker has to be taken out again.
  closing?.addEventListener("abort", onClosing);
  onState();
  if (closing?.aborted === true) onClosing();
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      client.off("state", onState);
      closing?.removeEventListener("abort", onClosing);
    },
  };
}
