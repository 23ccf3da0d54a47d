/*
 * The suite that every adapter must pass. It is for the repository's own tests, and is not published.
 */
export type { ContractApp, EchoAnswer } from "./contract-app.ts";
export { viewOfCluster } from "./contract-app.ts";
export { describeMembershipContract, describeMembershipContractOnEachEnsemble } from "./membership-contract.ts";
