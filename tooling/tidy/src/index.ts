export { check } from "./check.ts";
export { loadWorkspace } from "./load.ts";
export { type Finding, formatViolation, type Violation } from "./violation.ts";
export type { Workspace } from "./workspace.ts";
