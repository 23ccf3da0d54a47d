import { isZkError } from "@conclave/client";
import type { Failure } from "./waiter-step.js";

/** Rejection of a creation that a retry sends in a different form, and so may succeed. */
export class SendAnotherForm extends Error {}

/** Classifies the error of a creation. */
export function creationFailure(error: unknown): Failure {
  if (error instanceof SendAnotherForm) return "again";
  if (isZkError(error, "CONNECTION_LOSS")) return error.outcome === "unknown" ? "unknown" : "again";
  // The request timed out on the ensemble, and may still be committed.
  return isZkError(error, "OPERATION_TIMEOUT", "REQUEST_TIMEOUT") ? "unknown" : "fatal";
}

/** Classifies the error of any other request; all of them are idempotent. */
export function stepFailure(error: unknown): Failure {
  return isZkError(error, "CONNECTION_LOSS") ? "again" : "fatal";
}
