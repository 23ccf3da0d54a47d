import { connect, type ZooKeeper } from "@conclave/client";
import { traceOperations } from "@conclave/client/opentelemetry";
import { Mutex } from "@conclave/recipes/mutex";
import { startEnsemble } from "@conclave/server";

async function main(): Promise<void> {
  const ensemble = await startEnsemble();
  const stop = traceOperations();
  const zk: ZooKeeper = await connect(ensemble.connectString);
  const token: bigint = await new Mutex(zk, { name: "till" }).run(({ fencingToken }) => fencingToken);
  await zk.close();
  stop();
  await ensemble.close();
  console.log(`held a lock, with a ${typeof token}`);
}

void main();
