import type { ZooKeeper } from "@conclave/client";

/** Aborts as soon as the session is not connected; to be disposed of. */
export interface Doubt extends Disposable {
  readonly signal: AbortSignal;
}

/** Watches whether the session is connected, from the call on. */
export function watchForDoubt(client: ZooKeeper): Doubt {
  const controller = new AbortController();
  const onState = (): void => {
    if (client.state !== "connected") controller.abort(new Error(`the session is ${client.state}`));
  };
  client.on("state", onState);
  onState();
  return { signal: controller.signal, [Symbol.dispose]: () => void client.off("state", onState) };
}
