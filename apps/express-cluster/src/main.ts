/** A whole cluster: `node dist/main.js [--servers host:port,…] [--instances 4] [--port 3000]`. */
import { startEnsemble } from "@conclave/server";
import { Launcher } from "./launcher.js";
import { runCommand } from "./run-command.js";
import { readClusterSettings } from "./settings.js";

await runCommand(async () => {
  const settings = readClusterSettings(process.argv.slice(2), process.env);
  const embedded = settings.servers === undefined ? await startEnsemble() : undefined;
  const servers = settings.servers ?? embedded!.connectString;
  console.log(embedded === undefined ? `on the ensemble at ${servers}` : `on an embedded server at ${servers}`);

  const launcher = new Launcher(servers, settings.sessionTimeoutMs, (line) => console.log(line));
  const end = async (): Promise<void> => {
    await launcher.close();
    await embedded?.close();
    process.exit();
  };
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  process.once("disconnect", end);

  const first = await launcher.start(settings.port);
  for (let more = 1; more < settings.instances; more++) await launcher.start();
  console.log(`\nOpen ${first.url}, then kill something: kill -9 ${first.pid}`);
  process.send?.({ url: first.url });
});
