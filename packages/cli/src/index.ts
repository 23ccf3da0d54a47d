/*
 * The `conclave` command, for programs that run it, read its configuration, or start an ensemble of processes.
 */
export { ConfigError, type ConfigProblem, formatProblem } from "./config/config-error.js";
export { type ParsedConfig, parseServerConfig, type ServerConfig } from "./config/server-config.js";
export { EnsembleError } from "./ensemble/ensemble-folder.js";
export {
  type EnsembleMember,
  type EnsembleProcessChange,
  type EnsembleProcesses,
  type EnsembleProcessesOptions,
  startEnsembleProcesses,
} from "./ensemble/ensemble-processes.js";
export { runCli } from "./run-cli.js";
