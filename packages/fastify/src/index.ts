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
export { type GuardHook, leaderOnly, membership, ownedBy } from "./membership.js";
