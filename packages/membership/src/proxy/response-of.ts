import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { endToEnd, listOf } from "./end-to-end.js";

/** Statuses whose responses have no body (RFC 9110, 6.4.1). */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Returns another member's response for the client, its body as a stream. Fields that concern one connection are left out, and
 * so are trailers (RFC 9110, 6.5.1). Throws an `Error` for a response that cannot be passed on.
 */
export function responseOf(incoming: IncomingMessage): Response {
  const { statusCode: status = 0 } = incoming;
  const codings = listOf(incoming.headers["transfer-encoding"]).filter((coding) => coding !== "chunked");
  if (codings.length > 0)
    throw new Error(`the response has the transfer coding ${codings.join()}, which is not supported`);
  const isEndToEnd = endToEnd(incoming.headers.connection);
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    if (isEndToEnd(name)) for (const value of values ?? []) headers.append(name, value);
  }
  const isEmpty = WITHOUT_BODY.has(status);
  // Throws a RangeError for a status that no final response can have.
  const response = (body: ReadableStream | null): Response => new Response(body, { status, headers });
  if (!isEmpty) return response(Readable.toWeb(incoming) as ReadableStream<Uint8Array>);
  incoming.resume();
  return response(null);
}
