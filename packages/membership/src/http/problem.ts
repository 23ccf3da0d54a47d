import { shownJson } from "@conclave/runtime";

/** Reason for which a request is not answered by this member. Stable, for programs. */
export type ProblemCode =
  | "NOT_LEADER"
  | "NOT_OWNER"
  | "NO_LEADER"
  | "NO_OWNER"
  | "IN_DOUBT"
  | "TOO_MANY_HOPS"
  | "BAD_TARGET"
  | "CODING_UNSUPPORTED"
  | "UPGRADE_UNSUPPORTED"
  | "UNREACHABLE"
  | "TIMEOUT";

const TITLES: Readonly<Record<ProblemCode, readonly [status: number, title: string]>> = {
  NOT_LEADER: [421, "Another member leads"],
  NOT_OWNER: [421, "Another member owns the key"],
  NO_LEADER: [503, "No member leads at this moment"],
  NO_OWNER: [503, "No member owns the key at this moment"],
  IN_DOUBT: [503, "This member is not connected to the ensemble: its view may be outdated"],
  TOO_MANY_HOPS: [503, "The request was passed on too often: the members do not agree yet"],
  BAD_TARGET: [400, "The target of the request is not a path"],
  CODING_UNSUPPORTED: [501, "A request with a transfer coding other than chunked is not passed on"],
  UPGRADE_UNSUPPORTED: [501, "A connection upgrade is not passed on: connect to the member itself"],
  UNREACHABLE: [502, "The member that has to answer cannot be reached"],
  TIMEOUT: [504, "The member that has to answer takes too long"],
};
const RETRY_AFTER_S = "1";

/** Returns a response that gives the reason: `application/problem+json` (RFC 9457); a 503 with `retry-after`. */
export function problem(code: ProblemCode, fields: Readonly<Record<string, string>> = {}): Response {
  const [status, title] = TITLES[code];
  const headers: Record<string, string> = { "content-type": "application/problem+json", "cache-control": "no-store" };
  if (status === 503) headers["retry-after"] = RETRY_AFTER_S;
  return new Response(shownJson({ status, title, code, ...fields }), { status, headers });
}
