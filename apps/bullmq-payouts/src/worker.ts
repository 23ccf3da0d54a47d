import { connect } from "@conclave/client";
import { Ledger } from "./ledger/ledger.js";
import { startPayoutWorker } from "./workers/payout-worker.js";
import { PAUSE, readWorkerSettings } from "./workers/worker-settings.js";

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
// The process stops itself, between two callbacks: if it were stopped during a write, it would keep the lock of the ledger.
process.on("message", (message) => {
  if (message === PAUSE) process.kill(process.pid, "SIGSTOP");
});
// Ends with the parent process, however that ends.
process.once("disconnect", () => process.exit());
process.send?.("ready");
