export { TestClock } from "@conclave/runtime/testing";
export { ConclaveTestingModule, type ConclaveTestingOptions, getTestEnsembleToken } from "./conclave-testing.module.js";
export { TestEnsemble } from "./test-ensemble.js";
export type { TestKit, TestLink, TestServer } from "./test-kit.js";
