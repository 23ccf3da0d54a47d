import "reflect-metadata";
import { startEnsemble } from "@conclave/server";
import { Logger } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { ReportsModule } from "./reports.module.js";
import { readSettings } from "./settings.js";

const settings = readSettings(process.env, process.pid);
const embedded = settings.servers === undefined ? await startEnsemble() : undefined;
const servers = settings.servers ?? embedded!.connectString;

const app = await NestFactory.create(ReportsModule.forRoot({ ...settings, servers }));
app.enableShutdownHooks();
await app.listen(settings.port, "127.0.0.1");

const url = await app.getUrl();
new Logger("Reports").log(`${settings.instance} on ${servers}: ask ${url}/leader and ${url}/reports`);
process.send?.({ url });
// Started by another process, end with it, however that ends.
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
