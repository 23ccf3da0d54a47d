/*
 * Test support for distributed code. The contract suites for our own client and recipes are in
 * `@conclave/testing/contracts`.
 */
export { type FaultTarget, startFaultTarget } from "./client-faults/fault-target.js";
export {
  type ClientFaultsOptions,
  type ClientFaultsReport,
  playClientFaults,
} from "./client-faults/play-client-faults.js";
export { collectEvents, type EventCollector } from "./collect-events.js";
export type { ConformanceFiles, ConformanceServer, StartConformanceServer } from "./conformance/conformance-player.js";
export type { ConformanceSetup } from "./conformance/conformance-suite.js";
export type { KnownDeviation } from "./conformance/known-deviation.js";
export { type RecordConformanceOptions, recordConformance } from "./conformance/record-conformance.js";
export { type EventuallyOptions, eventually, type WaitOptions } from "./eventually.js";
export {
  type Corruption,
  type FaultProxy,
  type FaultProxyOptions,
  type ProxyTraffic,
  startFaultProxy,
} from "./fault-proxy/fault-proxy.js";
export type { RequestMatch } from "./fault-proxy/loss-list.js";
export type { CutMode, Direction } from "./fault-proxy/proxied-connection.js";
export type { OperationName, ProxiedRequest } from "./fault-proxy/proxied-frame.js";
export {
  assertLinearizable,
  checkLinearizability,
  type LinearizabilityOptions,
  type LinearizabilityVerdict,
} from "./linearizability/check-linearizability.js";
export { type HistoryOperation, HistoryRecorder } from "./linearizability/history.js";
export {
  type CounterInput,
  counterModel,
  type LockInput,
  type LockState,
  lockModel,
  type RegisterInput,
  registerModel,
} from "./linearizability/models.js";
export type { SequentialModel } from "./linearizability/sequential-model.js";
export type { RecipeChaosReport } from "./recipe-chaos/chaos-tally.js";
export { playRecipeChaos, type RecipeChaosOptions } from "./recipe-chaos/play-recipe-chaos.js";
export { forEachSeed, SeedError, type SeedOptions } from "./seeds.js";
