/** `node tooling/services/src/main.ts [--install]`: lists the real services of this machine, and installs missing ones. */
import { findApache, prepareApache } from "./apache/apache.ts";
import { findChromium, prepareChromium } from "./chromium.ts";
import { findCCli, prepareCCli } from "./cli/c-cli-program.ts";
import { findCurator, prepareCurator } from "./curator/curator.ts";
import type { Availability } from "./install/availability.ts";
import { findRedis, prepareRedis } from "./redis.ts";

const usage = `Usage: node tooling/services/src/main.ts [--install]

Lists the services that tests and samples use, and says if this machine can start them: Apache ZooKeeper, its C client,
Apache Curator, Redis and Chromium.
  --install   install missing services: with apt-get on Debian and Ubuntu as root, otherwise with Docker
`;

const line = <T extends object>(name: string, found: Availability<T>, describe: (service: T) => string): string =>
  found.available ? `  ✓ ${name.padEnd(18)}${describe(found)}` : `  ✗ ${name.padEnd(18)}${found.reason}`;

const args = process.argv.slice(2);
if (args.some((arg) => arg !== "--install")) {
  console.error(usage);
  process.exit(args.includes("--help") ? 0 : 2);
}
const install = args.includes("--install");
const progress = (step: string): void => console.error(`… ${step}`);
const apache = await (install ? prepareApache({ progress }) : findApache());
const cCli = await (install ? prepareCCli({ progress }) : findCCli());
const curator = await (install ? prepareCurator({ progress }) : findCurator());
const redis = await (install ? prepareRedis({ progress }) : findRedis());
const chromium = await (install ? prepareChromium({ progress }) : findChromium());
const allAvailable = [apache, cCli, curator, redis, chromium].every(({ available }) => available);
console.log(
  [
    line("Apache ZooKeeper", apache, ({ java, zookeeper }) => {
      return `${zookeeper.version} in ${zookeeper.home}, run by Java ${java.version} (${java.command})`;
    }),
    line("C client", cCli, ({ command, version }) => `${version} (${command})`),
    line(
      "Apache Curator",
      curator,
      ({ home, java, version }) => `${version} in ${home}, with the compiler of ${java.command}`,
    ),
    line("Redis", redis, ({ by, version }) => `${version} (${by})`),
    line("Chromium", chromium, ({ command, version }) => `${version} (${command})`),
    ...(install || allAvailable ? [] : ["\nRun this again with --install to install missing services."]),
  ].join("\n"),
);
process.exitCode = allAvailable ? 0 : 1;
