// Grants.

export type { AcquireOptions } from "./grant/acquire-options.js";
export { AcquireTimeoutError } from "./grant/acquire-timeout-error.js";
export { checkedSignal } from "./grant/checked-signal.js";
export type { Grant } from "./grant/grant.js";
export { type GrantLostCode, GrantLostError } from "./grant/grant-lost-error.js";
export type { GrantSettings, OnSuspended, RecipePlace, RecipeSettings } from "./options/recipe-options.js";

// Election.

export type { HealthCheck } from "./health/health-check.js";
export type { LeaderElectionOptions } from "./leader-election/election-options.js";
export type { LeaderTask } from "./leader-election/lead.js";
export { LeaderElection } from "./leader-election/leader-election.js";
export type { Leadership } from "./leader-election/leadership.js";
export type { Participant } from "./leader-election/participant.js";

// Locks.

export type { Lock, LockContender } from "./lock/lock.js";
export type { LockGrant } from "./lock/lock-grant.js";
export type { LockOptions } from "./lock/lock-options.js";
export { MultiLock, type MultiLockOptions } from "./multi-lock/multi-lock.js";
export { Mutex, type MutexOptions } from "./mutex/mutex.js";
export { ReadWriteLock, type ReadWriteLockOptions } from "./read-write-lock/read-write-lock.js";
export type { WriteLockGrant } from "./read-write-lock/write-lock-grant.js";
export { type PermitOptions, Semaphore, type SemaphoreOptions } from "./semaphore/semaphore.js";

// Barriers.

export { Barrier, type BarrierOptions } from "./barrier/barrier.js";
export { DoubleBarrier, type DoubleBarrierOptions } from "./double-barrier/double-barrier.js";
export type { Passage } from "./double-barrier/passage.js";
export type { WaitOptions } from "./grant/wait-options.js";
export { type CountDownOptions, Latch, type LatchOptions } from "./latch/latch.js";

// Membership.

export { Group, type GroupOptions, type JoinOptions } from "./group/group.js";
export type { GroupEvent, GroupView } from "./group/group-view.js";
export type { Member } from "./group/member.js";
export type { Membership } from "./group/membership.js";
export type { Unreadable, UnreadableSettings } from "./watching/read-children.js";

// Partitions.

export type { Partition, PartitionEvent } from "./partitioner/partition.js";
export { Partitioner, type PartitionerOptions, type PartitionTask } from "./partitioner/partitioner.js";

// Services.

export type { FailurePolicy } from "./service-registry/failure-history.js";
export type { RegisterOptions, Registration } from "./service-registry/registration.js";
export { randomSelection, roundRobin, type SelectionStrategy, stickySelection } from "./service-registry/selection.js";
export type { ServiceInstance, ServiceType } from "./service-registry/service-instance.js";
export type { ProviderOptions, ServiceProvider } from "./service-registry/service-provider.js";
export { ServiceRegistry, type ServiceRegistryOptions } from "./service-registry/service-registry.js";
export { uriOf } from "./service-registry/uri-of.js";
export type { UriPart, UriSpec } from "./service-registry/uri-spec.js";

// State.

export { AtomicValue, type AtomicValueOptions } from "./atomic-value/atomic-value.js";
export { NodeCache, type NodeCacheOptions } from "./cache/node-cache.js";
export { type CachedNode, TreeCache, type TreeCacheEvent, type TreeCacheOptions } from "./cache/tree-cache.js";
export { Counter, type CounterOptions } from "./counter/counter.js";
export { PersistentNode, type PersistentNodeOptions } from "./persistent-node/persistent-node.js";
export { SharedConfig, type SharedConfigEvent, type SharedConfigOptions } from "./shared-config/shared-config.js";

// Queues.

export { PriorityQueue, type PutOptions } from "./priority-queue/priority-queue.js";
export type { DeadLetter, ItemQueue } from "./queue/item-queue.js";
export { Queue } from "./queue/queue.js";
export { QueueFullError } from "./queue/queue-full-error.js";
export type { QueueItem } from "./queue/queue-item.js";
export type { QueueOptions } from "./queue/queue-options.js";
