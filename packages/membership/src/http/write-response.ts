import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";

/** Returns the headers of a response for `node:http`; `set-cookie` as a list, since its values cannot be joined. */
export function headersOf(answer: Response): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = Object.fromEntries(answer.headers);
  const cookies = answer.headers.getSetCookie();
  return cookies.length === 0 ? headers : { ...headers, "set-cookie": cookies };
}

/** Returns the body of a response as a stream of Node.js; `undefined` if it has none. */
export function bodyOf({ body }: Response): Readable | undefined {
  return body === null ? undefined : Readable.fromWeb(body as ReadableStream);
}

/**
 * Writes a response to `node:http`: its headers replace those that are set, its body is streamed. Resolves when the body has ended.
 * If the client disconnects or the body breaks off, the connection is closed.
 */
export async function writeResponse(response: ServerResponse, answer: Response): Promise<void> {
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(headersOf(answer))) response.setHeader(name, value ?? "");
  const body = bodyOf(answer);
  if (body === undefined) return void response.end();
  response.flushHeaders();
  await pipeline(body, response).catch(() => {});
}
