import { type Clock, type Meter, silentMeter } from "@conclave/runtime";
import { isZkError } from "../api/zk-error.js";
import { type OperationMessage, operationEnd, operationStart } from "./channels.js";

/** Returns true if operations are measured or observed. */
export function isObserved(meter: Meter): boolean {
  return meter !== silentMeter || operationStart.hasSubscribers || operationEnd.hasSubscribers;
}

/** Publishes and measures an operation: the call now, and the result when `promise` settles. */
export function observeOperation(
  { chroot, sessionId }: { readonly chroot: string; readonly sessionId: bigint },
  {
    operation: { name: operation },
    path,
  }: { readonly operation: { readonly name: string }; readonly path: string | undefined },
  promise: Promise<unknown>,
  { clock, meter }: { readonly clock: Clock; readonly meter: Meter },
): void {
  const message: OperationMessage = { operation, path, chroot, sessionId };
  const startedAtMs = clock.now();
  if (operationStart.hasSubscribers) operationStart.publish(message);
  const settled = (error?: unknown): void => {
    message.durationMs = clock.now() - startedAtMs;
    if (isZkError(error)) message.error = error;
    meter.observe("client_operation_duration_ms", message.durationMs, { operation, code: message.error?.code ?? "OK" });
    if (operationEnd.hasSubscribers) operationEnd.publish(message);
  };
  // This branch does not affect the continuation of the caller.
  promise.then(() => settled(), settled);
}
