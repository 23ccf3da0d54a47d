import { parentPort, workerData } from "node:worker_threads";

// Ignores the message that cancels it.
parentPort.on("message", () => {});
parentPort.postMessage({ fencingToken: workerData.fencingToken });
