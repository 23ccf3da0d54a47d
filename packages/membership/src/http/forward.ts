import { type IncomingMessage, type RequestOptions, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { pipeline, Readable } from "node:stream";
import type { Clock } from "@conclave/runtime";
import type { ClusterRequest } from "./cluster-request.js";
import { isPassedOn } from "./hop-by-hop.js";
import { problem } from "./problem.js";

/** Counts the members that have passed a request on. */
export const HOPS_HEADER = "x-cluster-hops";

/** How {@link forward} passes a request on. */
export interface ForwardOptions {
  /** What {@link HOPS_HEADER} says to the next member. */
  readonly hops: number;
  /** How long the answer may take to begin. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/**
 * Passes a request on to the member at `url`, body and answer as streams, byte for byte. Once: what was sent may have been
 * done, so it is never sent again. Resolves with the member's answer, or with a 502 or 504; throws where the body was read.
 */
export function forward(request: ClusterRequest, url: string, options: ForwardOptions): Promise<Response> {
  const body = request.body();
  const to = new URL(url);
  const send = to.protocol === "https:" ? requestHttps : requestHttp;
  const prefix = to.pathname.replace(/\/$/, "");
  const settings: RequestOptions = {
    method: request.method,
    path: prefix + request.target,
    headers: headersFor(request, options.hops),
  };
  return new Promise((resolve) => {
    const outgoing = send(to, settings);
    const timer = options.clock.setTimer(options.timeoutMs, () => {
      resolve(problem("TIMEOUT"));
      outgoing.destroy();
    });
    const abort = (): void => void outgoing.destroy();
    request.signal.addEventListener("abort", abort, { once: true });
    outgoing.on("error", () => {
      timer.cancel();
      resolve(problem("UNREACHABLE"));
    });
    outgoing.once("response", (incoming) => {
      timer.cancel();
      resolve(toResponse(incoming));
    });
    if (body === undefined) outgoing.end();
    // An error of either side ends the other, and reaches the listeners above.
    else pipeline(body, outgoing, () => {});
  });
}

function headersFor(request: ClusterRequest, hops: number): Record<string, string | string[]> {
  const connection = request.headers.connection;
  const isKept = isPassedOn(typeof connection === "string" ? connection : undefined);
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    const isSetHere = name === "host" || name === "expect" || name.startsWith(":");
    if (value === undefined || isSetHere || !isKept(name)) continue;
    headers[name] = typeof value === "string" ? value : [...value];
  }
  const { host } = request.headers;
  if (typeof host === "string") headers["x-forwarded-host"] ??= host;
  headers.via = [headers.via ?? [], "1.1 conclave"].flat().join(", ");
  headers[HOPS_HEADER] = String(hops);
  return headers;
}

/** Answers that have no body, whatever they were asked for. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

function toResponse(incoming: IncomingMessage): Response {
  const { statusCode: status = 502 } = incoming;
  const isKept = isPassedOn(incoming.headers.connection);
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    if (isKept(name)) for (const value of values ?? []) headers.append(name, value);
  }
  const isEmpty = WITHOUT_BODY.has(status);
  if (isEmpty) incoming.resume();
  try {
    const body = isEmpty ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>);
    return new Response(body, { status, headers });
  } catch {
    // A status beyond those that an answer can have.
    incoming.destroy();
    return problem("UNREACHABLE");
  }
}
