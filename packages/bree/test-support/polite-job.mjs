import { parentPort, workerData } from "node:worker_threads";

// Runs until Bree cancels it.
parentPort.on("message", (message) => {
  if (message === "cancel") parentPort.postMessage("cancelled");
});
parentPort.postMessage({ fencingToken: workerData.fencingToken, color: workerData.color });
