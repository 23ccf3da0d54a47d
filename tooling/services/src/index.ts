export { type Apache, apacheOnce, findApache, type PrepareOptions, prepareApache } from "./apache.ts";
export { javaArgs, writeLogSettings } from "./apache-command.ts";
export { type ApacheEnsemble, type ApacheEnsembleOptions, startApacheEnsemble } from "./apache-ensemble.ts";
export { type ApacheServer, ApacheStartError } from "./apache-server.ts";
export {
  type ApacheOptions,
  type ApacheStandalone,
  type ApacheStandaloneOptions,
  startApacheStandalone,
} from "./apache-standalone.ts";
export { type Availability, orThrow, ServiceUnavailableError } from "./availability.ts";
export { type CCliOptions, openCCli } from "./c-cli.ts";
export { type CCliProgram, findCCli, prepareCCli } from "./c-cli-program.ts";
export { type Chromium, chromiumArgs, findChromium, prepareChromium } from "./chromium.ts";
export type { ZkCli } from "./cli-session.ts";
export { type Curator, findCurator, prepareCurator } from "./curator.ts";
export { findCompilingJava, type Java } from "./find-java.ts";
export { type FourLetterWordOptions, fourLetterWord } from "./four-letter-word.ts";
export { freePorts } from "./free-ports.ts";
export { findPostgres, type Postgres, type PostgresProgram, startPostgres } from "./postgres.ts";
export { findRedis, prepareRedis, type Redis, type RedisOptions, type RedisProgram, startRedis } from "./redis.ts";
export { ServiceProcess } from "./service-process.ts";
export { removeFolder, temporaryFolder } from "./temporary-folder.ts";
export { openZkCli, type ZkCliCommands, type ZkCliOptions, zkCli } from "./zk-cli.ts";
export type { ZooCfg } from "./zoo-cfg.ts";
