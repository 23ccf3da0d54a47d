import "reflect-metadata";
import { join } from "node:path";
import { Logger } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import type { NestExpressApplication } from "@nestjs/platform-express";
import { InvoicesModule } from "./service/invoices.module.js";
import { pageHeaders } from "./service/page-headers.js";
import { readSettings, type Settings } from "./service/settings.js";

const settings = settingsOf(process.env);
const { host, id } = settings.ensemble;
// Waits until the replicas have found each other. The probes on the discovery port answer from the start.
const app = await NestFactory.create<NestExpressApplication>(InvoicesModule.forRoot(settings));
app.enableShutdownHooks();
app.disable("x-powered-by");
app.use(pageHeaders);
app.useStaticAssets(join(import.meta.dirname, "../page"));
try {
  await app.listen(settings.port, host);
} catch (error) {
  await app.close();
  exit(1, `${(error as Error).message}: set PORT to another port`);
}
new Logger("Invoices").log(`replica ${id} serves its page at ${await app.getUrl()}`);
// A replica that the demo has started ends with it, however the demo ends.
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));

function settingsOf(env: NodeJS.ProcessEnv): Settings {
  try {
    return readSettings(env);
  } catch (error) {
    return exit(2, (error as Error).message);
  }
}

function exit(code: number, message: string): never {
  console.error(message);
  process.exit(code);
}
