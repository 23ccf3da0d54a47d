// For handlers.

export { type Grant, GrantLostError, type Leadership } from "@conclave/recipes";
export type { Cluster, ClusterMember, ClusterStatus, MemberStatus } from "./members/cluster.js";
export type { MembershipConnection, MembershipOptions, ResolvedMembership } from "./node/membership-options.js";
export type { TrustProxy } from "./proxy/forwarded-headers.js";
export type { ProxyTlsOptions } from "./proxy/member-proxy.js";

// For adapters.

export type { ClusterRequest, RequestHeaders, RequestPeer } from "./http/cluster-request.js";
export { FetchRequest } from "./http/fetch-request.js";
export { NodeRequest } from "./http/node-request.js";
export { bodyOf, headersOf, writeResponse } from "./http/write-response.js";
export { ClusterNode } from "./node/cluster-node.js";
export {
  type Admission,
  admitToLeader,
  admitToOwner,
  attend,
  checkGuard,
  type GuardOptions,
} from "./requests/admission.js";
