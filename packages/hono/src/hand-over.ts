import { type Admission, type ClusterRequest, FetchRequest } from "@conclave/membership";
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
    const { headers, answer } = await admit(new FetchRequest(c.req.raw, handled));
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
    if (answer === undefined) return await next();
    // Hono lays what was set so far over the answer: that is to be what the answer does not say itself.
    for (const name of answer.headers.keys()) c.res.headers.delete(name);
    c.res = answer;
  } finally {
    end();
  }
}
