import "reflect-metadata";
import { startEnsemble } from "@conclave/server";
import { Logger } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { Command } from "commander";
import { ReportsModule } from "./reports.module.js";
import { readSettings, type Settings } from "./settings.js";

const program = new Command("nest-reports")
  .description("A NestJS service that runs as several processes, and whose report only the leader makes.")
  .option("--servers <host:port,…>", "an ensemble that is there already; default: CONCLAVE_SERVERS, or one of its own")
  .parse();
const { servers: given } = program.opts<{ servers?: string }>();
const settings = settingsIn(given === undefined ? process.env : { ...process.env, CONCLAVE_SERVERS: given });
const embedded = settings.servers === undefined ? await startEnsemble() : undefined;
const servers = settings.servers ?? embedded!.connectString;

const app = await NestFactory.create(ReportsModule.forRoot({ ...settings, servers }));
app.enableShutdownHooks();
try {
  await app.listen(settings.port, "127.0.0.1");
} catch (error) {
  await app.close();
  program.error(`${(error as Error).message}: set PORT to another port`);
}

const url = await app.getUrl();
new Logger("Reports").log(
  `${settings.instance} on ${servers}: ask ${url}/leader, /reports, /summary, /health and /metrics`,
);
process.send?.({ url });
// A child process ends with its parent, however that ends.
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));

function settingsIn(env: NodeJS.ProcessEnv): Settings {
  try {
    return readSettings(env, process.pid);
  } catch (error) {
    return program.error((error as Error).message, { exitCode: 2 });
  }
}
