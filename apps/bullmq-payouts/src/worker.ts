import { connect } from "@conclave/client";
import { Ledger } from "./ledger.js";
import { startPayoutWorker } from "./payout-worker.js";
import { PAUSE, readWorkerSettings } from "./worker-settings.js";

const { servers, sessionTimeoutMs, ledger: file, ...settings } = readWorkerSettings(process.env);
const client = await connect(servers, { sessionTimeoutMs, connectTimeoutMs: 30_000 });
const ledger = new Ledger(file);
const worker = await startPayoutWorker({ ...settings, client, ledger });
worker.on("error", (error) => console.error(`${settings.instance}: ${error.message}`));
worker.on("failed", (job, error) => console.error(`${settings.instance}: ${job?.id} failed: ${error.message}`));

const stop = async (): Promise<void> => {
  await worker.close();
  await client.close();
  ledger.close();
};
process.once("SIGTERM", () => void stop().then(() => process.exit()));
// It stops itself, between two of its steps: stopped from outside within a write, it would hold the ledger for all.
process.on("message", (message) => {
  if (message === PAUSE) process.kill(process.pid, "SIGSTOP");
});
// Started by another process, end with it, however that ends.
process.once("disconnect", () => process.exit());
process.send?.("ready");
