import { type ClusterRequest, headerOf } from "../http/cluster-request.js";
import { type ProblemCode, problem } from "../http/problem.js";
import type { ClusterMember } from "../members/cluster.js";
import type { ClusterNode } from "../node/cluster-node.js";
import { HOPS_HEADER, maxForwardsOf } from "../proxy/request-headers.js";
import { answerRoute } from "./routes.js";

/** Options of a guard. */
export interface GuardOptions {
  /**
   * Treatment of a request that another member has to answer. `redirect`: 307 to the same path there. `proxy`: passes the
   * request on, and the response back. `refuse`: 421, with the id and the URL of the member.
   * @default "redirect"
   */
  readonly otherwise?: "redirect" | "proxy" | "refuse" | undefined;
}

/** Decision about a request. Without an `answer` it is let in; `headers` are for its response in both cases. */
export interface Admission {
  readonly headers: Readonly<Record<string, string>>;
  readonly answer?: Response | undefined;
}

/** Checks the options of a guard. Throws a `TypeError`. */
export function checkGuard({ otherwise = "redirect" }: GuardOptions): void {
  if (otherwise === "redirect" || otherwise === "proxy" || otherwise === "refuse") return;
  throw new TypeError(`otherwise must be "redirect", "proxy" or "refuse", got ${JSON.stringify(otherwise)}`);
}

/** Answers a request to one of the routes of the cluster, and lets all others in. `path` has no query. */
export function attend(node: ClusterNode, request: ClusterRequest, path: string): Admission {
  return { headers: clusterHeaders(node), answer: answerRoute(node, request, path) };
}

/**
 * Lets a request in while this process leads, by the leadership itself and not by the view. The leadership is not given up,
 * and so no other begins, before the request has been answered or the session has ended.
 *
 * Otherwise sends the request to the leader by the view. If there is none, or the connection is lost, it is refused with 503:
 * only the client can decide to send it again.
 */
export async function admitToLeader(
  node: ClusterNode,
  request: ClusterRequest,
  options: GuardOptions = {},
): Promise<Admission> {
  const decide = async (): Promise<Decision> => {
    const held = node.ifLeader(() => request.answered());
    if (held !== undefined) return { outcome: "admitted" };
    if (!node.isSure) return refuse("IN_DOUBT");
    const { leader } = node;
    // The view may still name this process just after the leadership was lost.
    if (leader === undefined || leader.id === node.self?.id) return refuse("NO_LEADER");
    return sendTo(leader, "NOT_LEADER", node, request, options);
  };
  return { headers: {}, answer: counted("leader", node, await decide()) };
}

/**
 * Lets a request in while this process owns the key by its view; otherwise sends it to the owner. While the view may be
 * outdated, the request is refused with 503.
 */
export async function admitToOwner(
  node: ClusterNode,
  key: string,
  request: ClusterRequest,
  options: GuardOptions = {},
): Promise<Admission> {
  const owner = node.isSure ? node.ownerOf(key) : undefined;
  const decide = async (): Promise<Decision> => {
    if (owner === undefined) return refuse(node.isSure ? "NO_OWNER" : "IN_DOUBT");
    if (owner.id === node.self?.id) return { outcome: "admitted" };
    return sendTo(owner, "NOT_OWNER", node, request, options);
  };
  const headers: Record<string, string> = owner === undefined ? {} : { "x-cluster-owner": headerValue(owner.id) };
  return { headers, answer: counted("owner", node, await decide()) };
}

interface Decision {
  readonly outcome: "admitted" | "redirected" | "proxied" | "refused";
  readonly answer?: Response;
}

function counted(
  guard: "leader" | "owner",
  { options }: ClusterNode,
  { outcome, answer }: Decision,
): Response | undefined {
  options.meter.count("membership_guarded_requests", 1, { guard, outcome, group: options.group });
  return answer;
}

function refuse(code: ProblemCode, fields: Readonly<Record<string, string>> = {}): Decision {
  return { outcome: "refused", answer: problem(code, fields) };
}

/** Header fields of every response: the member that sends it and, while the view is current, the leader. */
function clusterHeaders(node: ClusterNode): Record<string, string> {
  const { self } = node;
  const leader = node.isSure ? node.leader : undefined;
  return {
    ...(self && { "x-cluster-member": headerValue(self.id) }),
    ...(leader && { "x-cluster-leader": headerValue(leader.id) }),
  };
}

async function sendTo(
  member: ClusterMember,
  code: ProblemCode,
  { options: settings, proxy }: ClusterNode,
  request: ClusterRequest,
  { otherwise = "redirect" }: GuardOptions,
): Promise<Decision> {
  const target = pathOf(request.target);
  if (target === undefined) return refuse("BAD_TARGET");
  if (otherwise === "refuse") return refuse(code, { member: member.id, url: member.url });
  if (otherwise === "redirect") {
    const headers = { location: member.url + target, "cache-control": "no-store" };
    return { outcome: "redirected", answer: new Response(null, { status: 307, headers }) };
  }
  const hops = hopsOf(request) + 1;
  if (hops > settings.maxHops || maxForwardsOf(request) === 0) return refuse("TOO_MANY_HOPS", { member: member.id });
  return { outcome: "proxied", answer: await proxy.forward(request, target, member, hops) };
}

/** Returns path and query of a request target in origin form or absolute form (RFC 9112, 3.2.2); `undefined` for any other form. */
function pathOf(target: string): string | undefined {
  if (target.startsWith("/")) return target;
  const path = /^https?:\/\/[^/?#]+(.*)$/i.exec(target)?.[1];
  return path === undefined || path.startsWith("/") ? path : `/${path}`;
}

/** Number of members that passed the request on; 0 for a field that no member has written. */
function hopsOf(request: ClusterRequest): number {
  const text = headerOf(request, HOPS_HEADER) ?? "";
  return /^\d{1,3}$/.test(text) ? Number(text) : 0;
}

/** Escapes an id for a header field: other programs may register ids with any characters. */
function headerValue(id: string): string {
  return id.replace(/[^!-~]/gu, encodeURIComponent);
}
