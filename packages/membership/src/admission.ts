import type { ClusterMember } from "./cluster.js";
import type { ClusterNode } from "./cluster-node.js";
import { type ClusterRequest, headerOf } from "./http/cluster-request.js";
import { forward, HOPS_HEADER } from "./http/forward.js";
import { type ProblemCode, problem } from "./http/problem.js";
import { answerRoute } from "./routes.js";

/** What a guard does with a request that another member is to answer. */
export interface GuardOptions {
  /**
   * `redirect`: 307 to the same path at that member. `proxy`: passes it on there, and gives back its answer. `refuse`: 421,
   * with the member's id and URL.
   * @default "redirect"
   */
  readonly otherwise?: "redirect" | "proxy" | "refuse" | undefined;
}

/** What becomes of a request: it goes on to its handler where there is no `answer`. `headers` are the answer's in both cases. */
export interface Admission {
  readonly headers: Readonly<Record<string, string>>;
  readonly answer?: Response | undefined;
}

/** Checks how a guard is to work, when it is made. Throws a `TypeError`. */
export function checkGuard({ otherwise = "redirect" }: GuardOptions): void {
  if (otherwise === "redirect" || otherwise === "proxy" || otherwise === "refuse") return;
  throw new TypeError(`otherwise is "redirect", "proxy" or "refuse", not ${JSON.stringify(otherwise)}`);
}

/** What every request goes through: the routes of the cluster are answered; `path` is the request's own, without its query. */
export function attend(node: ClusterNode, request: ClusterRequest, path: string): Admission {
  return { headers: clusterHeaders(node), answer: answerRoute(node, request, path) };
}

/**
 * Lets a request in where this process leads, by the leadership itself and not by the view; and the leadership is not given
 * up, so that nobody else's begins, before the request has been answered or the session is over.
 *
 * Otherwise sends it to who leads by the view. Where that is not known (the connection is lost, nobody leads yet), it is
 * refused with a 503: asking again, somewhere or later, is the client's to decide.
 */
export async function admitToLeader(
  node: ClusterNode,
  request: ClusterRequest,
  options: GuardOptions = {},
): Promise<Admission> {
  const held = node.ifLeader(() => request.answered());
  if (held !== undefined) return { headers: {} };
  if (!node.isSure) return { headers: {}, answer: problem("IN_DOUBT") };
  const { leader } = node;
  // The view may still name us where we have just lost it.
  const answer =
    leader === undefined || leader.id === node.self?.id
      ? problem("NO_LEADER")
      : await sendTo(leader, "NOT_LEADER", node, request, options);
  return { headers: {}, answer };
}

/**
 * Lets a request in where this process owns the key by its view; otherwise sends it to who does. Where the view is in doubt,
 * it is refused with a 503.
 */
export async function admitToOwner(
  node: ClusterNode,
  key: string,
  request: ClusterRequest,
  options: GuardOptions = {},
): Promise<Admission> {
  if (!node.isSure) return { headers: {}, answer: problem("IN_DOUBT") };
  const owner = node.ownerOf(key);
  if (owner === undefined) return { headers: {}, answer: problem("NO_OWNER") };
  const headers = { "x-cluster-owner": headerValue(owner.id) };
  if (owner.id === node.self?.id) return { headers };
  return { headers, answer: await sendTo(owner, "NOT_OWNER", node, request, options) };
}

/** What every answer of a member says: who gave it and, where that is sure, who leads. */
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
  { options: settings }: ClusterNode,
  request: ClusterRequest,
  { otherwise = "redirect" }: GuardOptions,
): Promise<Response> {
  const { target } = request;
  if (!target.startsWith("/")) return problem("BAD_TARGET");
  if (otherwise === "refuse") return problem(code, { member: member.id, url: member.url });
  if (otherwise === "redirect") {
    const headers = { location: member.url + target, "cache-control": "no-store" };
    return new Response(null, { status: 307, headers });
  }
  const hops = hopsOf(request) + 1;
  if (hops > settings.maxHops) return problem("TOO_MANY_HOPS", { member: member.id });
  const { proxyTimeoutMs: timeoutMs, clock } = settings;
  return forward(request, member.url, { hops, timeoutMs, clock });
}

/** What is no number of ours came from outside, and counts for nothing. */
function hopsOf(request: ClusterRequest): number {
  const text = headerOf(request, HOPS_HEADER) ?? "";
  return /^\d{1,3}$/.test(text) ? Number(text) : 0;
}

/** Ids of members that others registered may hold what a header cannot. */
function headerValue(id: string): string {
  return id.replace(/[^!-~]/gu, encodeURIComponent);
}
