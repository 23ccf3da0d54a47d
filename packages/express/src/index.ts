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
export { leaderOnly, ownedBy } from "./guards.js";
export { type MembershipHandler, membership } from "./membership.js";
