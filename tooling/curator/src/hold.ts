/** `node hold.ts <recipe> <connect string> <path> <session timeout in ms>`: holds it until it is killed. See NodeHolder. */
import { connect } from "@conclave/client";
import { LeaderElection, Mutex } from "@conclave/recipes";

const [recipe, connectString = "", path = "", sessionTimeoutMs] = process.argv.slice(2);
const zk = await connect(connectString, { sessionTimeoutMs: Number(sessionTimeoutMs) });
if (recipe === "Mutex") await new Mutex(zk, { path, id: "node" }).acquire();
else await new LeaderElection(zk, { path, id: "node" }).campaign();
console.log("holds");
