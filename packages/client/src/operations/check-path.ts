import { invalidPathReason } from "@conclave/protocol";
import { ZkError } from "../zk-error.js";

/** The error for a path that no server should be asked about; `undefined` for a good one. */
export function pathError(operation: string, path: string): ZkError | undefined {
  const reason = typeof path === "string" ? invalidPathReason(path) : "it is not a string";
  return reason === undefined ? undefined : badPath(operation, path, reason);
}

/** As {@link pathError}, for a path that the server completes with a number: judged with it. */
export function sequentialPathError(operation: string, path: string): ZkError | undefined {
  const reason = typeof path === "string" ? invalidPathReason(`${path}0000000000`) : "it is not a string";
  return reason === undefined ? undefined : badPath(operation, path, reason);
}

function badPath(operation: string, path: unknown, reason: string): ZkError {
  const text = String(path);
  return new ZkError("BAD_ARGUMENTS", `${operation}: "${text}" is not a path: ${reason}`, {
    outcome: "not-applied",
    path: text,
  });
}
