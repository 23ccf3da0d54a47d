import { isZkError } from "@conclave/client";
import type { Failure } from "./waiter-step.js";

/** A creation that was refused, and is to be sent in another form: the next attempt does that. */
export class SendAnotherForm extends Error {}

/** Returns the meaning of a failed creation for a waiter. */
export function creationFailure(error: unknown): Failure {
  if (error instanceof SendAnotherForm) return "again";
  if (isZkError(error, "CONNECTION_LOSS")) return error.outcome === "unknown" ? "unknown" : "again";
  // The ensemble gave up waiting for its own agreement, which may still come.
  return isZkError(error, "OPERATION_TIMEOUT", "REQUEST_TIMEOUT") ? "unknown" : "fatal";
}

/** Returns the meaning of a failed step other than the creation: all of them may be repeated. */
export function stepFailure(error: unknown): Failure {
  return isZkError(error, "CONNECTION_LOSS") ? "again" : "fatal";
}
