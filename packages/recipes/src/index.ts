export type { Grant } from "./grant.js";
export { type GrantLostCode, GrantLostError } from "./grant-lost-error.js";
export type { LeaderElectionOptions } from "./leader-election/election-options.js";
export type { LeaderTask } from "./leader-election/lead.js";
export { LeaderElection } from "./leader-election/leader-election.js";
export type { Leadership } from "./leader-election/leadership.js";
export type { Participant } from "./leader-election/participant.js";
