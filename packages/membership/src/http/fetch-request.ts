import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import type { ClusterRequest } from "./cluster-request.js";

/** A request of the Fetch API. `handled` resolves when the framework has its answer. */
export class FetchRequest implements ClusterRequest {
  readonly method: string;
  readonly target: string;
  readonly #request: Request;
  readonly #handled: Promise<void>;

  constructor(request: Request, handled: Promise<void>) {
    const { pathname, search } = new URL(request.url);
    this.method = request.method;
    this.target = pathname + search;
    this.#request = request;
    this.#handled = handled;
  }

  get headers(): ClusterRequest["headers"] {
    return Object.fromEntries(this.#request.headers);
  }

  body(): Readable | undefined {
    const { body, bodyUsed } = this.#request;
    if (bodyUsed) {
      throw new Error(
        "the body was read before the request could be passed on: put the guard in front of what parses it",
      );
    }
    return body === null ? undefined : Readable.fromWeb(body as ReadableStream);
  }

  answered(): Promise<void> {
    return this.#handled;
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }
}
