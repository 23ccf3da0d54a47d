import type { WatchedPath } from "@conclave/protocol";
import type { ReadOptions } from "../api/operation-options.js";
import type { WatchListener } from "../api/watch-event.js";
import { isZkError } from "../api/zk-error.js";
import type { Call, SentOperation } from "../requests/pending-operation.js";
import type { WatchKind } from "../watches/watch-kind.js";
import { argumentError } from "./argument-error.js";
import type { OperationContext } from "./operation-context.js";
import { removeServerWatch } from "./remove-server-watch.js";

/**
 * Reads a znode. If the caller asked for a watch, its listener is registered at the moment in which the answer is
 * parsed.
 */
export function read<Response, Result>(
  context: OperationContext,
  operation: SentOperation<WatchedPath, Response>,
  kind: WatchKind,
  path: string,
  { watch, signal, linearizable: needsSync = context.linearizableReads }: ReadOptions,
  onResponse: (response: Response) => Result,
  onAbsent?: () => Result,
): Promise<Result> {
  const error = argumentError(operation.name, path);
  if (error !== undefined) return Promise.reject(error);
  const request = { path: context.chroot.toServer(path), watch: watch !== undefined };
  const call = { operation, request, path, isWrite: false, signal, needsSync, onResponse, onAbsent };
  if (watch === undefined) return context.submit(call);
  const result = context.submit(watching(context, call, kind, watch));
  context.watches.expectWatch(kind, request.path, result);
  if (signal !== undefined && !signal.aborted) removeWatchIfAborted(context, result, kind, call);
  return result;
}

/** An aborted read that was sent still leaves a watch on the server, which has no listener. */
function removeWatchIfAborted<Response, Result>(
  context: OperationContext,
  result: Promise<Result>,
  kind: WatchKind,
  { path, request }: Call<WatchedPath, Response, Result>,
): void {
  const dropped = { type: kind === "children" ? "children" : "data", serverPath: request.path, path: path! } as const;
  result
    .catch((error: unknown) => (isZkError(error, "ABORTED") ? removeServerWatch(context, dropped) : undefined))
    // Servers before ZooKeeper 3.5 cannot drop a watch: there it stays, and its event is ignored.
    .catch(() => undefined);
}

/** Returns the call with handlers that register the watch when the answer is parsed. */
function watching<Response, Result>(
  { watches }: OperationContext,
  call: Call<WatchedPath, Response, Result>,
  kind: WatchKind,
  watch: WatchListener,
): Call<WatchedPath, Response, Result> {
  const { onResponse, onAbsent } = call;
  const { path } = call.request;
  return {
    ...call,
    onResponse: (response) => {
      const result = onResponse(response);
      watches.add(kind, path, watch);
      return result;
    },
    onAbsent:
      onAbsent &&
      (() => {
        watches.add("existence", path, watch);
        return onAbsent();
      }),
  };
}
