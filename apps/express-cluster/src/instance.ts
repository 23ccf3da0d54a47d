/** One process of the cluster. Alone: `node dist/instance.js --servers 127.0.0.1:2181 --port 3001`. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { membership } from "@conclave/express";
import { startEnsemble } from "@conclave/server";
import { clusterApp } from "./cluster-app.js";
import { runCommand } from "./run-command.js";
import { readInstanceSettings } from "./settings.js";

/** Longer than joining takes where nothing is in its way. */
const PATIENCE_MS = 2_000;

await runCommand(async () => {
  const settings = readInstanceSettings(process.argv.slice(2), process.env);
  const embedded = settings.servers === undefined ? await startEnsemble() : undefined;

  const cluster = membership({
    servers: settings.servers ?? embedded!.connectString,
    group: "express-cluster",
    id: settings.name,
    metadata: { pid: String(process.pid) },
    drainDelayMs: 2_000,
    connect: { sessionTimeoutMs: settings.sessionTimeoutMs },
  });

  const leave = async (): Promise<void> => {
    await cluster.drain();
    await embedded?.close();
    process.exit();
  };
  const app = clusterApp(cluster, {
    leave,
    die: () => process.kill(process.pid, "SIGKILL"),
    startAnother: process.send === undefined ? undefined : () => process.send?.({ type: "start" }),
  });
  const server = app.listen(settings.port, "127.0.0.1");
  await once(server, "listening");
  const warning = setTimeout(() => {
    const name = settings.name ?? "this process";
    console.error(
      `${name} is waiting to join: another session has its name (choose another with --name, or wait until that session ends), or the ensemble cannot be reached`,
    );
  }, PATIENCE_MS);
  await cluster.join(server).finally(() => clearTimeout(warning));

  process.once("SIGTERM", leave);
  process.once("SIGINT", leave);
  // Exits with the process that started it.
  process.once("disconnect", leave);

  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  console.log(`${cluster.cluster.self?.id}, process ${process.pid}, serves ${url}`);
  process.send?.({ type: "ready", url });
});
