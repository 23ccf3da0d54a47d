import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { bodyWasRead, type ClusterRequest, type RequestHeaders } from "./cluster-request.js";

/** A request of the Fetch API, for runtimes without a request of `node:http`. */
export class FetchRequest implements ClusterRequest {
  readonly method: string;
  readonly target: string;
  readonly httpVersion = "1.1";
  readonly headers: RequestHeaders;
  readonly peer: undefined;
  readonly #request: Request;
  readonly #handled: Promise<void>;

  /** `handled` resolves when the framework has its answer. */
  constructor(request: Request, handled: Promise<void>) {
    this.method = request.method;
    const { pathname, search, host } = new URL(request.url);
    this.target = pathname + search;
    this.headers = { host, ...Object.fromEntries(request.headers) };
    this.#request = request;
    this.#handled = handled;
  }

  body(): Readable | undefined {
    const { body, bodyUsed } = this.#request;
    if (bodyUsed) throw bodyWasRead();
    return body === null ? undefined : Readable.fromWeb(body as ReadableStream);
  }

  /** Does nothing: the Fetch API has no interim responses. */
  inform(): void {}

  answered(): Promise<void> {
    return this.#handled;
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }
}
