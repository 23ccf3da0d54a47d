import type { Readable } from "node:stream";

/** A request, as an adapter hands it to the core. */
export interface ClusterRequest {
  readonly method: string;
  /** Path and query as the client sent them, whatever the framework has mounted where. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body as it came, unread. Throws where somebody has read of it. */
  body(): Readable | undefined;
  /** Resolves when the request has been answered, or nobody waits for the answer any more. */
  answered(): Promise<void>;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** The first value of a header. */
export function headerOf({ headers }: ClusterRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : value?.[0];
}
