import { leaderOnly, membership } from "@conclave/express";
import { startEnsemble } from "@conclave/server";
import express from "express";

const ensemble = await startEnsemble();
const app = express();
const cluster = membership({ servers: ensemble.connectString, group: "shop", id: "web-1", drainDelayMs: 0 });
app.use(cluster);
app.get("/members", (request, response) => {
  const members: readonly { readonly id: string }[] = request.cluster.members;
  response.json(members.map(({ id }) => id));
});
app.get("/lead", leaderOnly(), (_request, response) => void response.json("led"));

const server = app.listen(0, "127.0.0.1");
await cluster.join(server);
const { port } = server.address() as { port: number };
const ask = async (path: string): Promise<unknown> => (await fetch(`http://127.0.0.1:${port}${path}`)).json();
const members = await ask("/members");
let led = await ask("/lead");
for (let tries = 0; led !== "led" && tries < 200; tries++) {
  await new Promise((resolve) => setTimeout(resolve, 25));
  led = await ask("/lead");
}
await cluster.drain();
await ensemble.close();
console.log(`members ${JSON.stringify(members)}, ${String(led)}`);
