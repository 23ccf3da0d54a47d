import { isZkError } from "@conclave/client";
import type { Failure } from "./waiter-state.js";

/** A creation that was refused, and is to be sent in another form: the next attempt does that. */
export class SendAnotherForm extends Error {}

/** What a failed creation means to a place in line. */
export function creationFailure(error: unknown): Failure {
  if (error instanceof SendAnotherForm) return "again";
  if (isZkError(error, "CONNECTION_LOSS")) return error.outcome === "unknown" ? "unknown" : "again";
  // The ensemble gave up waiting for its own agreement, which may still come.
  return isZkError(error, "OPERATION_TIMEOUT", "REQUEST_TIMEOUT") ? "unknown" : "fatal";
}

/** What a failed step other than the creation means: all of them may be done twice. */
export function stepFailure(error: unknown): Failure {
  return isZkError(error, "CONNECTION_LOSS") ? "again" : "fatal";
}
