import { type Clock, type Meter, silentMeter } from "@conclave/runtime";
import { isZkError } from "../zk-error.js";
import { type OperationMessage, operationEnd, operationStart } from "./channels.js";

/** Whether anybody wants to know of operations. */
export function isObserved(meter: Meter): boolean {
  return meter !== silentMeter || operationStart.hasSubscribers || operationEnd.hasSubscribers;
}

/** Tells the channels and the meter of an operation: now that it is called, and when `promise` settles. */
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
  // A side branch: the caller's own continuation is as it was.
  promise.then(() => settled(), settled);
}
