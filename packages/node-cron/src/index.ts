export { type Grant, type GrantLostCode, GrantLostError, type OnSuspended } from "@conclave/recipes";
export { ConclaveRunCoordinator, type RunCoordinatorOptions } from "./run-coordinator.js";
