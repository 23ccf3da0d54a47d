import type { ClusterRequest } from "../http/cluster-request.js";
import { endToEnd } from "./end-to-end.js";
import { forwardedHeaders, isForwardingClaim, type TrustProxy } from "./forwarded-headers.js";

/** Counts the members that have passed a request on. */
export const HOPS_HEADER = "x-cluster-hops";

/** Fields that are written by the rules of {@link requestHeaders}, never copied. */
const SET_HERE: ReadonlySet<string> = new Set(["content-length", "expect", "host", HOPS_HEADER]);

/** Settings of {@link requestHeaders}. */
export interface RequestHeaderOptions {
  /** Members that have passed the request on, this one included. */
  readonly hops: number;
  /** True if a body follows. */
  readonly hasBody: boolean;
  readonly trustProxy: TrustProxy;
}

/**
 * Returns the header fields with which a request is sent to another member.
 *
 * - Framing is written from the body as it was parsed, for every method: Node.js frames none for GET, HEAD, DELETE and
 *   OPTIONS, so that the member would read the bytes of a body as its next request.
 * - `expect` was answered by this member's own server.
 * - `host` is the next member's, and is written by the HTTP client.
 */
export function requestHeaders(
  request: ClusterRequest,
  { hops, hasBody, trustProxy }: RequestHeaderOptions,
): Record<string, string | string[]> {
  const isEndToEnd = endToEnd(request.headers.connection);
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    const isCopied = isEndToEnd(name) && !SET_HERE.has(name) && !isForwardingClaim(name) && !name.startsWith(":");
    if (value !== undefined && isCopied) headers[name] = typeof value === "string" ? value : [...value];
  }
  const maxForwards = maxForwardsOf(request);
  if (maxForwards !== undefined) headers["max-forwards"] = String(maxForwards - 1);
  Object.assign(headers, forwardedHeaders(request, trustProxy), hasBody ? framing(request) : {});
  headers.via = [headers.via ?? [], `${request.httpVersion} conclave`].flat().join(", ");
  headers[HOPS_HEADER] = String(hops);
  return headers;
}

/** Returns how often an OPTIONS or TRACE request may still be passed on (RFC 9110, 7.6.2); `undefined`: as often as any other. */
export function maxForwardsOf({ method, headers }: ClusterRequest): number | undefined {
  const limit = headers["max-forwards"];
  const isLimited =
    (method === "OPTIONS" || method === "TRACE") && typeof limit === "string" && /^\d{1,9}$/.test(limit);
  return isLimited ? Number(limit) : undefined;
}

/** The length as it was sent, where the parser of Node.js holds the body to it; chunks otherwise. */
function framing({ headers }: ClusterRequest): Record<string, string> {
  const length = headers["content-length"];
  const isExact = headers["transfer-encoding"] === undefined && typeof length === "string" && /^\d+$/.test(length);
  return isExact ? { "content-length": length } : { "transfer-encoding": "chunked" };
}
