// Types of the recipes that decorated methods receive.

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

export type {
  ConclaveAsyncOptions,
  ConclaveConnection,
  ConclaveModuleExtras,
  ConclaveOptions,
  ConclaveOptionsFactory,
} from "./connection/conclave-options.js";
export { ConclaveService, type GrantContext } from "./connection/conclave-service.js";
export { getConclaveToken, InjectConclave } from "./connection/injection.js";
export type { GroupFeature, GroupJoin } from "./discovery/memberships.js";
export { ConclaveModule } from "./module/conclave.module.js";
export {
  type ConclaveFeatures,
  type FeatureKind,
  getFeatureToken,
  InjectElection,
  InjectGroup,
  InjectMutex,
  InjectReadWriteLock,
  InjectSemaphore,
} from "./module/features.js";
export type { ScheduleOptions } from "./schedule/leader-schedule.js";

// Exclusive methods.

export type { ExclusiveKey } from "./decorators/exclusive-key.js";
export { Grant } from "./decorators/grant-parameter.js";
export { LeaderOnly, type LeaderOnlyOptions, NotLeaderError } from "./decorators/leader-only.js";
export { Locked } from "./decorators/locked.js";
export { ReadLocked, WriteLocked } from "./decorators/read-write-locked.js";
export { Semaphore, type SemaphoreOptions } from "./decorators/semaphore.js";
export { currentGrant } from "./exclusive/current-grant.js";
export { BusyError } from "./exclusive/exclusive-calls.js";
export type { ExclusiveOptions } from "./exclusive/exclusive-options.js";

// Methods that Conclave calls.

export { OnElected, OnMembershipChange, OnRevoked, WatchNode, type WatchNodeOptions } from "./decorators/handlers.js";
export type { HandlerOptions } from "./decorators/role.js";
export type { MembershipChange } from "./discovery/membership-change.js";
