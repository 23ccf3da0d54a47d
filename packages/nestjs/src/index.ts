// What the decorators hand out, for those who name it.

export { GrantLostError, type LeaderElection, type Leadership, type Participant } from "@conclave/recipes";
export { ConclaveModule } from "./conclave.module.js";
export type {
  ConclaveAsyncOptions,
  ConclaveConnection,
  ConclaveModuleExtras,
  ConclaveOptions,
  ConclaveOptionsFactory,
} from "./conclave-options.js";
export { ConclaveService } from "./conclave-service.js";
export { getConclaveToken, InjectConclave } from "./conclave-token.js";
export { currentGrant } from "./current-grant.js";
export { LeaderOnly, type LeaderOnlyOptions } from "./leader-only.js";
export { NotLeaderError } from "./not-leader-error.js";
export { type ElectionHandlerOptions, OnElected, OnRevoked } from "./on-elected.js";
