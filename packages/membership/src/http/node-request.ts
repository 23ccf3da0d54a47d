import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import type { ClusterRequest } from "./cluster-request.js";

/** A request of `node:http`. `target` is the URL as the client sent it, where a framework changes `request.url`. */
export class NodeRequest implements ClusterRequest {
  readonly method: string;
  readonly target: string;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse, target: string) {
    this.method = request.method ?? "GET";
    this.target = target;
    this.#request = request;
    this.#response = response;
  }

  get headers(): ClusterRequest["headers"] {
    return this.#request.headers;
  }

  body(): Readable | undefined {
    const { headers } = this.#request;
    if (headers["content-length"] === undefined && headers["transfer-encoding"] === undefined) return undefined;
    if (this.#request.readableDidRead) {
      throw new Error(
        "the body was read before the request could be passed on: put the guard in front of what parses it",
      );
    }
    return this.#request;
  }

  answered(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#response.closed) resolve();
      else this.#response.once("close", resolve);
    });
  }

  get signal(): AbortSignal {
    const gone = new AbortController();
    void this.answered().then(() => gone.abort());
    return gone.signal;
  }
}
