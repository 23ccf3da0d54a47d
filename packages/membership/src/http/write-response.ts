import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";

/** The headers of an answer for `node:http`: `set-cookie` as a list, for it cannot be joined. */
export function headersOf(answer: Response): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = Object.fromEntries(answer.headers);
  const cookies = answer.headers.getSetCookie();
  return cookies.length === 0 ? headers : { ...headers, "set-cookie": cookies };
}

/** The body of an answer as a stream of Node.js; `undefined` where it has none. */
export function bodyOf({ body }: Response): Readable | undefined {
  return body === null ? undefined : Readable.fromWeb(body as ReadableStream);
}

/**
 * Answers a request of `node:http`: its headers over those that the response has, and its body piece by piece as it comes.
 * Resolves when that is over; where the client has gone, or the body breaks off, the connection is ended.
 */
export async function writeResponse(response: ServerResponse, answer: Response): Promise<void> {
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(headersOf(answer))) response.setHeader(name, value ?? "");
  const body = bodyOf(answer);
  if (body === undefined) return void response.end();
  response.flushHeaders();
  await pipeline(body, response).catch(() => {});
}
