import { connect, type ZooKeeper } from "@conclave/client";
import { Mutex } from "@conclave/recipes/mutex";
import { startEnsemble } from "@conclave/server";

await using ensemble = await startEnsemble();
await using zk: ZooKeeper = await connect(ensemble.connectString);
const token: bigint = await new Mutex(zk, { name: "till" }).run(({ fencingToken }) => fencingToken);
console.log(`held a lock, with a ${typeof token}`);
