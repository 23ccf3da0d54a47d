export { type Apache, apacheOnce, findApache, prepareApache } from "./apache/apache.ts";
export { javaArgs, writeLogSettings } from "./apache/apache-command.ts";
export {
  type ApacheEnsemble,
  type ApacheEnsembleOptions,
  type ApacheMemberOptions,
  apacheMember,
  freeAddresses,
  startApacheEnsemble,
} from "./apache/apache-ensemble.ts";
export { type ApacheServer, ApacheStartError } from "./apache/apache-server.ts";
export {
  type ApacheOptions,
  type ApacheStandalone,
  type ApacheStandaloneOptions,
  startApacheStandalone,
} from "./apache/apache-standalone.ts";
export { archiveClasses } from "./apache/archive-classes.ts";
export { type FourLetterWordOptions, fourLetterWord } from "./apache/four-letter-word.ts";
export { withFreshPorts } from "./apache/with-fresh-ports.ts";
export { ensembleCfg, type ServerAddress, type ZooCfg } from "./apache/zoo-cfg.ts";
export { type Chromium, chromiumArgs, findChromium, prepareChromium } from "./chromium.ts";
export { type CCliOptions, openCCli } from "./cli/c-cli.ts";
export { type CCliProgram, findCCli, prepareCCli } from "./cli/c-cli-program.ts";
export type { ZkCli } from "./cli/cli-session.ts";
export { openZkCli, type ZkCliCommands, type ZkCliOptions, zkCli } from "./cli/zk-cli.ts";
export { type Curator, findCurator, prepareCurator } from "./curator/curator.ts";
export { type Availability, orThrow, type PrepareOptions, ServiceUnavailableError } from "./install/availability.ts";
export { findCompilingJava, type Java } from "./install/find-java.ts";
export { findPostgres, type Postgres, type PostgresProgram, startPostgres } from "./postgres.ts";
export { freePorts } from "./process/free-ports.ts";
export { ServiceProcess } from "./process/service-process.ts";
export { openTcpLink, type TcpLink } from "./process/tcp-link.ts";
export { removeFolder, temporaryFolder } from "./process/temporary-folder.ts";
export { findRedis, prepareRedis, type Redis, type RedisOptions, type RedisProgram, startRedis } from "./redis.ts";
