// What the decorators hand out, for those who name it.

export {
  type CachedNode,
  GrantLostError,
  type Group,
  type LeaderElection,
  type Leadership,
  type Member,
  type Participant,
} from "@conclave/recipes";

// The module.

export { ConclaveModule } from "./conclave.module.js";
export type {
  ConclaveAsyncOptions,
  ConclaveConnection,
  ConclaveModuleExtras,
  ConclaveOptions,
  ConclaveOptionsFactory,
} from "./conclave-options.js";
export { ConclaveService, type GrantContext } from "./conclave-service.js";
export { getConclaveToken, InjectConclave } from "./conclave-token.js";
export type { ConclaveFeatures, GroupFeature, GroupJoin } from "./feature-options.js";
export {
  type FeatureKind,
  getFeatureToken,
  InjectElection,
  InjectGroup,
  InjectMutex,
  InjectReadWriteLock,
  InjectSemaphore,
} from "./feature-token.js";

// Guarded methods.

export { BusyError } from "./busy-error.js";
export { currentGrant } from "./current-grant.js";
export { Grant } from "./grant-parameter.js";
export type { GuardKey } from "./guard-key.js";
export type { GuardOptions } from "./guard-options.js";
export { LeaderOnly, type LeaderOnlyOptions } from "./leader-only.js";
export { Locked } from "./locked.js";
export { NotLeaderError } from "./not-leader-error.js";
export { ReadLocked, WriteLocked } from "./read-write-locked.js";
export { Semaphore, type SemaphoreOptions } from "./semaphore.js";

// Methods that are called.

export type { HandlerOptions } from "./handler-options.js";
export type { MembershipChange } from "./membership-change.js";
export { OnElected, OnRevoked } from "./on-elected.js";
export { OnMembershipChange } from "./on-membership-change.js";
export { WatchNode, type WatchNodeOptions } from "./watch-node.js";
