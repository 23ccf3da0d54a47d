/*
 * The suites that say what a client and the recipes promise, written with vitest: one run for each kind of ensemble.
 */
export { runAtomicValueContract } from "./atomic-value-contract.js";
export { runBarrierContract } from "./barrier-contract.js";
export { runCacheContract } from "./cache-contract.js";
export { runClientContract } from "./client-contract.js";
export { type ClientFaultsHarness, runClientFaults } from "./client-faults-contract.js";
export { type ConformanceHarness, runConformance } from "./conformance-contract.js";
export { runCounterContract } from "./counter-contract.js";
export { runDoubleBarrierContract } from "./double-barrier-contract.js";
export { runElectionContract } from "./election-contract.js";
export { runGroupContract } from "./group-contract.js";
export { runLatchContract } from "./latch-contract.js";
export { runMultiLockContract } from "./multi-lock-contract.js";
export { runMutexContract } from "./mutex-contract.js";
export { runPartitionerContract } from "./partitioner-contract.js";
export { runPersistentNodeContract } from "./persistent-node-contract.js";
export { runPriorityQueueContract, runQueueContract } from "./queue-contract.js";
export { runReadWriteLockContract } from "./read-write-lock-contract.js";
export { runSemaphoreContract } from "./semaphore-contract.js";
export { runServiceRegistryContract } from "./service-registry-contract.js";
export { runSharedConfigContract } from "./shared-config-contract.js";
export type { ContractHarness } from "./stage.js";
