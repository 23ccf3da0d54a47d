import { Agent, type ClientRequest, type RequestOptions, request as requestHttp } from "node:http";
import { request as requestHttps, Agent as TlsAgent } from "node:https";
import { finished, type Readable } from "node:stream";
import type { ConnectionOptions } from "node:tls";
import { type Clock, type Logger, onAbort, shownText } from "@conclave/runtime";
import { type ClusterRequest, headerOf } from "../http/cluster-request.js";
import { problem } from "../http/problem.js";
import type { ClusterMember } from "../members/cluster.js";
import { endToEnd, listOf } from "./end-to-end.js";
import type { TrustProxy } from "./forwarded-headers.js";
import { readAfterWriteError } from "./read-after-write-error.js";
import { requestHeaders } from "./request-headers.js";
import { responseOf } from "./response-of.js";

/*
 * Passes requests on to other members, by the rules for gateways of RFC 9110 and RFC 9112:
 *
 * - The body gets framing of its own, for every method; a truncated body is never completed (request-headers.ts).
 * - Fields of one connection are not passed on, nor are those that `connection` lists (end-to-end.ts). Trailers are dropped.
 * - A transfer coding other than chunked, and an upgrade, are refused with 501; an offer of h2c is ignored.
 * - Interim responses 102 and 103 are passed back; 100 is each server's own.
 * - A final response may come before the request was read: it is passed back, and the rest of the request is discarded.
 * - A client that disconnects ends the request at the member, and a response that breaks off breaks off at the client.
 * - A request is sent once: it may have been carried out.
 *
 * It is code of our own on `node:http`, since the proxies of npm either take over the response of Node.js, which Fastify, Koa
 * and Hono have to send themselves (http-proxy-3, httpxy; both rewrite a DELETE with chunks to `content-length: 0`, and send
 * its body after that), or belong to one framework (@fastify/reply-from).
 */

/** TLS settings for connections to members whose URL is `https:`, as `tls.connect` takes them. */
export type ProxyTlsOptions = Pick<ConnectionOptions, "ca" | "cert" | "key" | "passphrase" | "servername">;

/** Settings of a {@link MemberProxy}. */
export interface MemberProxyOptions {
  /** Time until a member's response has to begin, in milliseconds. */
  readonly timeoutMs: number;
  readonly tls: ProxyTlsOptions;
  readonly trustProxy: TrustProxy;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Passes requests on to other members. Connections are kept open for further requests until it is closed. */
export class MemberProxy {
  readonly #options: MemberProxyOptions;
  readonly #plain = new Agent({ keepAlive: true });
  readonly #secure: TlsAgent;

  constructor(options: MemberProxyOptions) {
    this.#options = options;
    this.#secure = new TlsAgent({ ...options.tls, keepAlive: true });
  }

  /**
   * Passes a request on to `member`, body and response as streams, byte for byte. Resolves with the member's response; with a
   * 502 if it cannot be reached, a 504 if its response does not begin in time, or a 501 for a request that cannot be passed
   * on. Rejects if the body was read before. `hops` is the number of members that have passed it on, this one included.
   */
  async forward(request: ClusterRequest, target: string, member: ClusterMember, hops: number): Promise<Response> {
    const refused = refusalOf(request, member);
    if (refused !== undefined) return refused;
    const body = request.body();
    const { trustProxy } = this.#options;
    const headers = requestHeaders(request, { hops, hasBody: body !== undefined, trustProxy });
    const url = new URL(member.url);
    const isSecure = url.protocol === "https:";
    const settings: RequestOptions = {
      method: request.method,
      path: url.pathname.replace(/\/$/, "") + target,
      headers,
      agent: isSecure ? this.#secure : this.#plain,
    };
    const outgoing = (isSecure ? requestHttps : requestHttp)(url, settings);
    const answer = this.#answer(outgoing, request, member);
    send(body, outgoing);
    return answer;
  }

  /** Closes connections that are idle. */
  close(): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }

  #answer(outgoing: ClientRequest, request: ClusterRequest, member: ClusterMember): Promise<Response> {
    const { timeoutMs, clock } = this.#options;
    const { signal } = request;
    return new Promise((resolve) => {
      let isAnswered = false;
      const answer = (make: () => Response): void => {
        if (isAnswered) return;
        isAnswered = true;
        timer.cancel();
        resolve(make());
      };
      const fail = (error: Error): void => answer(() => this.#unreachable(member, error, signal));
      const timer = clock.setTimer(timeoutMs, () => {
        answer(() => problem("TIMEOUT", { member: member.id }));
        outgoing.destroy();
      });
      onAbort(signal, () => outgoing.destroy());
      outgoing.on("socket", readAfterWriteError);
      outgoing.on("information", ({ statusCode, headers }) => {
        const isEndToEnd = endToEnd(headers.connection);
        const kept = Object.entries(headers).filter(([name]) => isEndToEnd(name));
        request.inform(statusCode, Object.fromEntries(kept));
      });
      outgoing.once("response", (incoming) => {
        try {
          const response = responseOf(incoming);
          answer(() => response);
        } catch (error) {
          incoming.destroy();
          fail(error as Error);
        }
      });
      outgoing.on("error", fail);
      // Without an error where a member answers with 101, for which nothing listens.
      outgoing.once("close", () => fail(new Error("the member closed the connection before it had responded")));
    });
  }

  #unreachable({ id, url }: ClusterMember, error: Error, { aborted: isGone }: AbortSignal): Response {
    const cause = "code" in error ? String(error.code) : "BAD_RESPONSE";
    // Where the client has disconnected, the error is our own, and no response is read.
    if (!isGone)
      this.#options.logger.warn("request not passed on: no valid response from the member", {
        member: shownText(id),
        url,
        cause,
        error,
      });
    return problem("UNREACHABLE", { member: id, cause });
  }
}

function refusalOf(request: ClusterRequest, { id, url }: ClusterMember): Response | undefined {
  const { headers } = request;
  const codings = listOf(headers["transfer-encoding"]);
  if (codings.some((coding) => coding !== "chunked")) return problem("CODING_UNSUPPORTED");
  const isUpgrade = listOf(headers.connection).includes("upgrade");
  // Clients offer h2c with ordinary requests: a server that does not have it answers as if nothing had been offered.
  const protocols = listOf(headerOf(request, "upgrade")).filter(
    (protocol) => !/^(?:h2c?|http\/.*|tls\/.*)$/.test(protocol),
  );
  return isUpgrade && protocols.length > 0 ? problem("UPGRADE_UNSUPPORTED", { member: id, url }) : undefined;
}

/** Sends a body. When the member takes no more of it, the rest is discarded, so that the client gets to read its response. */
function send(body: Readable | undefined, outgoing: ClientRequest): void {
  if (body === undefined) return void outgoing.end();
  body.pipe(outgoing);
  finished(body, { writable: false }, (error) => {
    if (error) outgoing.destroy(error);
  });
  outgoing.once("close", () => {
    if (body.readableEnded || body.destroyed) return;
    body.unpipe(outgoing);
    body.resume();
  });
}
