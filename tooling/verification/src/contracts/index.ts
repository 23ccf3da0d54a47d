/*
 * Contract suites of the client and the recipes, for vitest. Run them on each kind of ensemble.
 */

export type { ContractHarness } from "../test-context/test-context.ts";
export { runAtomicValueContract } from "./atomic-value-contract.ts";
export { runBarrierContract } from "./barrier-contract.ts";
export { runCacheContract } from "./cache-contract.ts";
export { runClientContract } from "./client-contract.ts";
export { type ClientFaultsHarness, runClientFaultsContract } from "./client-faults-contract.ts";
export { type ConformanceHarness, runConformance } from "./conformance-contract.ts";
export { runCounterContract } from "./counter-contract.ts";
export { runDoubleBarrierContract } from "./double-barrier-contract.ts";
export { runElectionContract } from "./election-contract.ts";
export { runGroupContract } from "./group-contract.ts";
export { runLatchContract } from "./latch-contract.ts";
export { runMultiLockContract } from "./multi-lock-contract.ts";
export { runMutexContract } from "./mutex-contract.ts";
export { runPartitionerContract } from "./partitioner-contract.ts";
export { runPersistentNodeContract } from "./persistent-node-contract.ts";
export { runPriorityQueueContract, runQueueContract } from "./queue-contract.ts";
export { runReadWriteLockContract } from "./read-write-lock-contract.ts";
export { runSemaphoreContract } from "./semaphore-contract.ts";
export { runServiceRegistryContract } from "./service-registry-contract.ts";
export { runSharedConfigContract } from "./shared-config-contract.ts";
