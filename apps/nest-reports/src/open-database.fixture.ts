import { workerData } from "node:worker_threads";
import { openDatabase } from "./open-database.ts";

const { file, gate, threads } = workerData as { file: string; gate: Int32Array; threads: number };

// Waits until all threads have reached this point.
Atomics.add(gate, 0, 1);
Atomics.notify(gate, 0);
for (let there = Atomics.load(gate, 0); there < threads; there = Atomics.load(gate, 0)) Atomics.wait(gate, 0, there);

const db = openDatabase(file, "CREATE TABLE IF NOT EXISTS visitors (thread INTEGER);");
db.exec("INSERT INTO visitors VALUES (1)");
db.close();
