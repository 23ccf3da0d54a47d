import { type ClusterRequest, headerOf } from "../http/cluster-request.js";
import type { ClusterNode } from "../node/cluster-node.js";
import { eventStream, type StreamEvent } from "./event-stream.js";

/**
 * The cluster's own routes, below the option `routes`; `undefined` for any other path and for methods other than GET and HEAD.
 *
 * - `members`: the members and the leader, as JSON, with an ETag: two members that see the same give the same one.
 * - `stream`: the same as server-sent events, with the status of this member, at once and after each change.
 * - `ready`: 200 where the status is `ready` or `degraded`, else 503.
 *
 * `path` is that of the request, without its query.
 */
export function answerRoute(node: ClusterNode, request: ClusterRequest, path: string): Response | undefined {
  const { routes } = node.options;
  if (routes === undefined || !path.startsWith(`${routes}/`)) return undefined;
  if (request.method !== "GET" && request.method !== "HEAD") return undefined;
  const answer = answerTo(node, request, path.slice(routes.length + 1));
  return request.method === "HEAD" && answer !== undefined ? withoutBody(answer) : answer;
}

function answerTo(node: ClusterNode, request: ClusterRequest, route: string): Response | undefined {
  switch (route) {
    case "members":
      return members(node, headerOf(request, "if-none-match"));
    case "stream":
      return stream(node, request);
    case "ready":
      return ready(node);
    default:
      return undefined;
  }
}

function members({ snapshot }: ClusterNode, known: string | undefined): Response {
  const etag = `"${snapshot.version}"`;
  // Caches have to revalidate each time.
  const headers = { etag, "cache-control": "no-cache" };
  const isKnown = known?.split(",").some((each) => each.trim().replace(/^W\//, "") === etag || each.trim() === "*");
  if (isKnown === true) return new Response(null, { status: 304, headers });
  return new Response(snapshot.json, { headers: { ...headers, "content-type": "application/json" } });
}

function stream(node: ClusterNode, { httpVersion }: ClusterRequest): Response {
  const { heartbeatMs, clock } = node.options;
  const body = eventStream({
    current: () => streamEvent(node),
    onChange: (listener) => node.onChange(listener),
    heartbeatMs,
    clock,
    signal: node.leaving,
  });
  const headers: Record<string, string> = {
    "content-type": "text/event-stream",
    // Middleware that compresses holds events back until a block is full, unless a response must not be transformed.
    "cache-control": "no-store, no-transform",
    // nginx and others buffer responses without this field.
    "x-accel-buffering": "no",
  };
  // A connection that is kept alive after the stream would delay the end of the server. HTTP/2 forbids the field.
  if (httpVersion.startsWith("1.")) headers.connection = "close";
  return new Response(body, { headers });
}

function streamEvent({ snapshot, self, status }: ClusterNode): StreamEvent {
  const head = JSON.stringify({ self: self?.id ?? null, status, version: snapshot.version });
  // Two objects of JSON, as one.
  const data = `${head.slice(0, -1)},${snapshot.json.slice(1)}`;
  return { id: snapshot.version, event: "cluster", data };
}

function ready({ status, self, leader, version }: ClusterNode): Response {
  const isReady = status === "ready" || status === "degraded";
  const body = JSON.stringify({ status, self: self?.id ?? null, leader: leader?.id ?? null, version });
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  return new Response(body, { status: isReady ? 200 : 503, headers });
}

function withoutBody(answer: Response): Response {
  void answer.body?.cancel();
  return new Response(null, { status: answer.status, headers: answer.headers });
}
