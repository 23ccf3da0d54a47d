export type { Grant } from "../grant/grant.js";
export { type GrantLostCode, GrantLostError } from "../grant/grant-lost-error.js";
export type { HealthCheck } from "../health/health-check.js";
export type { LeaderElectionOptions } from "./election-options.js";
export type { LeaderTask } from "./lead.js";
export { LeaderElection } from "./leader-election.js";
export type { Leadership } from "./leadership.js";
export type { Participant } from "./participant.js";
