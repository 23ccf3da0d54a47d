/** `node hold.ts <recipe,…> <connect string> <path>`: holds the recipes until it is killed. See NodeHolder. */
import { connect } from "@conclave/client";
import { LeaderElection, Mutex, ReadWriteLock, Semaphore } from "@conclave/recipes";
import type { HeldRecipe } from "./node-holder.ts";

const [recipes = "", connectString = "", path = ""] = process.argv.slice(2);
const zk = await connect(connectString, { sessionTimeoutMs: 40_000 });
const id = "node";
const hold: Readonly<Record<HeldRecipe, (at: string) => Promise<unknown>>> = {
  LeaderElection: (at) => new LeaderElection(zk, { path: at, id }).campaign(),
  Mutex: (at) => new Mutex(zk, { path: at, id }).acquire(),
  ReadWriteLock: (at) => new ReadWriteLock(zk, { path: at, id }).write.acquire(),
  Semaphore: (at) => new Semaphore(zk, { path: at, id, permits: 1 }).acquire(),
};
for (const recipe of recipes.split(",")) await hold[recipe as HeldRecipe](`${path}/${recipe}`);
console.log(`holds with session ${zk.session?.serialize()}`);
