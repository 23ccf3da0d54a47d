import type { Readable } from "node:stream";

/** The other end of the connection on which a request arrived. */
export interface RequestPeer {
  /** Its IP address. */
  readonly address: string;
  /** True if the connection uses TLS. */
  readonly isEncrypted: boolean;
}

/** Header fields by name in lower case; a list where a field was sent several times and cannot be joined. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A request, as an adapter hands it to the core. */
export interface ClusterRequest {
  readonly method: string;
  /** Target as the client sent it, including mount paths of the framework: a path and query, or an absolute URL. */
  readonly target: string;
  /** HTTP version of the request, such as `1.1`. */
  readonly httpVersion: string;
  readonly headers: RequestHeaders;
  /** `undefined` if the runtime does not provide it. */
  readonly peer: RequestPeer | undefined;
  /**
   * Returns the body, unread, or `undefined` if the request has none. Throws an `Error` if it was read before, in part or
   * with another encoding.
   */
  body(): Readable | undefined;
  /** Sends an interim response (102 or 103), unless the connection cannot carry one. */
  inform(status: number, headers: RequestHeaders): void;
  /** Resolves when the request has been answered, or the client has disconnected. */
  answered(): Promise<void>;
  /** Aborts when the request has been answered, or the client has disconnected. */
  readonly signal: AbortSignal;
}

/** Returns the first value of a header field. */
export function headerOf({ headers }: Pick<ClusterRequest, "headers">, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : value?.[0];
}

/** The error of {@link ClusterRequest.body} for a body that was read before. */
export function bodyWasRead(): Error {
  return new Error(
    "the body was read before the request could be passed on: put the guard in front of the middleware that parses it",
  );
}
