import { ZkError, type ZkErrorCode } from "@conclave/client";
import { expect, it } from "vitest";
import { creationFailure, SendAnotherForm, stepFailure } from "./step-failure.js";

const errorOf = (code: ZkErrorCode, outcome: "unknown" | "not-applied" = "not-applied"): ZkError =>
  new ZkError(code, code, { outcome });

it.each<[name: string, creation: string, other: string, error: Error]>([
  ["a creation to be sent in another form", "again", "fatal", new SendAnotherForm()],
  ["CONNECTION_LOSS before the request was sent", "again", "again", errorOf("CONNECTION_LOSS")],
  ["CONNECTION_LOSS after the request was sent", "unknown", "again", errorOf("CONNECTION_LOSS", "unknown")],
  ["OPERATION_TIMEOUT", "unknown", "fatal", errorOf("OPERATION_TIMEOUT", "unknown")],
  ["REQUEST_TIMEOUT", "unknown", "fatal", errorOf("REQUEST_TIMEOUT", "unknown")],
  ["NO_AUTH", "fatal", "fatal", errorOf("NO_AUTH")],
  ["another error", "fatal", "fatal", new Error("no disk")],
])("the failure %s counts as %s for a creation and as %s for another request", (_, creation, other, error) => {
  expect([creationFailure(error), stepFailure(error)]).toEqual([creation, other]);
});
