import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { bodyWasRead, type ClusterRequest, type RequestHeaders, type RequestPeer } from "./cluster-request.js";

/** A request of `node:http`, `node:https` or the compatibility API of `node:http2`. */
export class NodeRequest implements ClusterRequest {
  readonly method: string;
  readonly target: string;
  readonly httpVersion: string;
  readonly headers: RequestHeaders;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;

  /** `target` is the URL as the client sent it, where a framework changes `request.url`. */
  constructor(request: IncomingMessage, response: ServerResponse, target: string) {
    this.method = request.method ?? "GET";
    this.target = target;
    this.httpVersion = request.httpVersion;
    this.headers = request.headers;
    this.#request = request;
    this.#response = response;
  }

  get peer(): RequestPeer | undefined {
    const { remoteAddress, encrypted } = this.#request.socket as { remoteAddress?: string; encrypted?: boolean };
    return remoteAddress === undefined ? undefined : { address: remoteAddress, isEncrypted: encrypted === true };
  }

  body(): Readable | undefined {
    if (!this.#hasBody()) return undefined;
    // With an encoding set, the stream returns text, which may be longer when it is encoded again than content-length says.
    if (this.#request.readableDidRead || this.#request.readableEncoding !== null) throw bodyWasRead();
    return this.#request;
  }

  inform(status: number, headers: RequestHeaders): void {
    if (this.#response.headersSent || this.httpVersion === "1.0") return;
    if (status === 102 && this.httpVersion === "1.1") this.#response.writeProcessing();
    if (status === 103) this.#response.writeEarlyHints(headers as Record<string, string | string[]>);
  }

  answered(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#response.closed) resolve();
      else this.#response.once("close", resolve);
    });
  }

  get signal(): AbortSignal {
    const ended = new AbortController();
    void this.answered().then(() => ended.abort());
    return ended.signal;
  }

  #hasBody(): boolean {
    // HTTP/2 frames a body without either field.
    const { stream } = this.#request as { stream?: { readonly endAfterHeaders?: boolean } };
    if (stream?.endAfterHeaders !== undefined) return !stream.endAfterHeaders;
    return this.headers["content-length"] !== undefined || this.headers["transfer-encoding"] !== undefined;
  }
}
