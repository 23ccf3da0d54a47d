import type { IncomingMessage, ServerResponse } from "node:http";
import { type Admission, type ClusterRequest, FetchRequest, NodeRequest } from "@conclave/membership";
import type { Context, Next } from "hono";

/** Asks for an admission, then answers or hands over to the next middleware. */
export async function handOver(
  c: Context,
  next: Next,
  admit: (request: ClusterRequest) => Promise<Admission>,
): Promise<void> {
  let end = (): void => {};
  const handled = new Promise<void>((resolve) => {
    end = resolve;
  });
  try {
    const { headers, answer } = await admit(requestOf(c, handled));
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
    if (answer === undefined) return await next();
    // Hono lays what was set so far over the answer: that is to be what the answer does not say itself.
    for (const name of answer.headers.keys()) c.res.headers.delete(name);
    c.res = answer;
  } finally {
    end();
  }
}

/** What `@hono/node-server` puts into the environment; other runtimes put other things there. */
interface NodeBindings {
  readonly incoming?: IncomingMessage;
  readonly outgoing?: ServerResponse;
}

/** Returns the request of Node.js, where there is one: the Fetch API has no body for GET and HEAD, and no peer. */
function requestOf(c: Context, handled: Promise<void>): ClusterRequest {
  const { incoming, outgoing } = (c.env ?? {}) as NodeBindings;
  const isNode = incoming?.rawHeaders !== undefined && outgoing?.writeHead !== undefined;
  return isNode ? new NodeRequest(incoming, outgoing, incoming.url ?? "/") : new FetchRequest(c.req.raw, handled);
}
