/*
 * The `conclave` command, for programs that run it or read its configuration.
 */
export { ConfigError, type ConfigProblem, formatProblem } from "./config/config-error.js";
export { type ParsedConfig, parseServerConfig, type ServerConfig } from "./config/server-config.js";
export { runCli } from "./run-cli.js";
