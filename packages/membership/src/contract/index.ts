/*
 * The suite that every adapter must pass. It needs vitest.
 */
export type { ContractApp, ContractHarness, ContractProxy, EchoAnswer } from "./contract-harness.js";
export { runMembershipContract } from "./membership-contract.js";
export { tellView, type View } from "./view.js";
