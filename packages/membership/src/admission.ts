import type { ClusterMember } from "./cluster.js";
import type { ClusterNode } from "./cluster-node.js";
import { type ClusterRequest, headerOf } from "./http/cluster-request.js";
import { type ProblemCode, problem } from "./http/problem.js";
import { HOPS_HEADER, maxForwardsOf } from "./proxy/request-headers.js";
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
  const decide = async (): Promise<Decision> => {
    const held = node.ifLeader(() => request.answered());
    if (held !== undefined) return { outcome: "admitted" };
    if (!node.isSure) return refuse("IN_DOUBT");
    const { leader } = node;
    // The view may still name us where we have just lost it.
    if (leader === undefined || leader.id === node.self?.id) return refuse("NO_LEADER");
    return sendTo(leader, "NOT_LEADER", node, request, options);
  };
  return { headers: {}, answer: counted("leader", node, await decide()) };
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

/** Path and query of a target; of an absolute one (RFC 9112, 3.2.2) its own. `undefined` for any other form. */
function pathOf(target: string): string | undefined {
  if (target.startsWith("/")) return target;
  const path = /^https?:\/\/[^/?#]+(.*)$/i.exec(target)?.[1];
  return path === undefined || path.startsWith("/") ? path : `/${path}`;
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
