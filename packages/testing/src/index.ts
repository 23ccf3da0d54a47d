// Test kit for code that runs as several processes; it needs no test framework.

export { TestClock } from "@conclave/runtime/testing";
export { collectEvents, type EventCollector } from "./collect-events.js";
export { type EventuallyOptions, eventually, WAIT_LIMIT_MS, type WaitOptions } from "./eventually.js";
export {
  type Corruption,
  type FaultProxy,
  type FaultProxyOptions,
  type ProxyTraffic,
  startFaultProxy,
} from "./fault-proxy/fault-proxy.js";
export type { RequestMatch } from "./fault-proxy/message-losses.js";
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
  type SequentialModel,
} from "./linearizability/models.js";
export { forEachSeed, SeedError, type SeedOptions } from "./seeds.js";
export { startTestServer, type TestServer } from "./test-server.js";
