/*
 * The suite that every adapter must pass. It needs vitest.
 */
export type { ContractApp, ContractHarness, ContractProxy, EchoAnswer } from "./contract-harness.ts";
export { runMembershipContract } from "./membership-contract.ts";
export { tellView, type View } from "./view.ts";
