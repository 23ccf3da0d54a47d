/*
 * Random runs through faults, and conformance. Nothing here needs a test framework; the suites that do are in
 * `@conclave/verification/contracts` and `@conclave/verification/membership`.
 */
export {
  type ClientFaultsOptions,
  type ClientFaultsReport,
  runClientFaults,
} from "./client-faults/run-client-faults.ts";
export type { ConformanceFiles, ConformanceServer, StartConformanceServer } from "./conformance/conformance-runner.ts";
export type { ConformanceSetup } from "./conformance/conformance-suite.ts";
export type { KnownDeviation } from "./conformance/known-deviation.ts";
export { type RecordConformanceOptions, recordConformance } from "./conformance/record-conformance.ts";
export type { RecipeChaosReport } from "./recipe-chaos/chaos-tally.ts";
export { type RecipeChaosOptions, runRecipeChaos } from "./recipe-chaos/run-recipe-chaos.ts";
