export {
  type Cluster,
  type ClusterMember,
  type ClusterStatus,
  type Grant,
  GrantLostError,
  type GuardOptions,
  type Leadership,
  type MembershipOptions,
} from "@conclave/membership";
export { type ClusterEnv, leaderOnly, type MembershipMiddleware, membership, ownedBy } from "./membership.js";
