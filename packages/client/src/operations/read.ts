import type { WatchedPath } from "@conclave/protocol";
import type { ReadOptions } from "../operation-options.js";
import type { WatchKind } from "../watches/watch-kind.js";
import { argumentError } from "./argument-error.js";
import type { SentOperation } from "./pending-operation.js";
import type { Requests } from "./requests.js";

/** Reads a znode, and leaves the watch that the caller asks for in the moment in which the answer is read. */
export function read<Response, Result>(
  { chroot, submit, watches }: Requests,
  operation: SentOperation<WatchedPath, Response>,
  kind: WatchKind,
  path: string,
  { watch, signal }: ReadOptions,
  onResponse: (response: Response) => Result,
  onAbsent?: () => Result,
): Promise<Result> {
  const error = argumentError(operation.name, path);
  if (error !== undefined) return Promise.reject(error);
  const serverPath = chroot.toServer(path);
  const request = { path: serverPath, watch: watch !== undefined };
  const call = { operation, request, path, isWrite: false, signal, onResponse, onAbsent };
  if (watch === undefined) return submit(call);
  return submit({
    ...call,
    onResponse: (response) => {
      const result = onResponse(response);
      watches.add(kind, serverPath, watch);
      return result;
    },
    onAbsent:
      onAbsent &&
      (() => {
        watches.add("existence", serverPath, watch);
        return onAbsent();
      }),
  });
}
