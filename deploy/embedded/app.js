/*
 * A service of which each replica carries a member of its ensemble. Take the part between the lines over into your own service.
 * Environment:
 *   CONCLAVE_NAME      name of the ensemble
 *   CONCLAVE_PEERS     all replicas: dns:<name> for a name with all addresses, or host,host,host
 *   CONCLAVE_REPLICA   name of this replica; the number at its end, plus one, is its id
 *   CONCLAVE_HOST      host at which the other replicas reach this one
 *   CONCLAVE_LISTEN    local address to listen on
 *   CONCLAVE_DATA_DIR  directory of this replica alone, which outlives restarts
 *   CONCLAVE_SECRET    the same secret text for all replicas, 16 characters or more; none if it is not set
 *   CONCLAVE_PORTS     ports of discovery, quorum, election and clients: 2887,2888,3888,2181 if not set
 *   PORT               port of the service, 3000 if not set
 */
import { once } from "node:events";
import { createServer } from "node:http";
import { dnsPeers, embeddedEnsemble, idFromHostname } from "@conclave/embedded";

const { env } = process;
const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => stop.abort());

// ----------------------------------------------------------------------------------------------------------------------
const [discovery, quorum, election, client] = (env.CONCLAVE_PORTS ?? "2887,2888,3888,2181").split(",").map(Number);
const ensemble = embeddedEnsemble({
  name: env.CONCLAVE_NAME,
  id: idFromHostname(env.CONCLAVE_REPLICA),
  peers: env.CONCLAVE_PEERS.startsWith("dns:") ? dnsPeers(env.CONCLAVE_PEERS.slice(4)) : env.CONCLAVE_PEERS.split(","),
  dataDir: env.CONCLAVE_DATA_DIR,
  host: env.CONCLAVE_HOST,
  listenAddress: env.CONCLAVE_LISTEN,
  secret: env.CONCLAVE_SECRET,
  ports: { discovery, quorum, election, client },
  // The log can no longer be written: the engine starts a new process.
  onFailure: () => process.exit(1),
});
const replica = await ensemble.join();
// ----------------------------------------------------------------------------------------------------------------------

const server = createServer((_, response) => {
  const { id, mode, leader, voters, readiness } = replica;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ id, mode, leader, voters, ...readiness }));
}).listen(Number(env.PORT ?? 3000), env.CONCLAVE_LISTEN);

try {
  // Liveness is /livez of the discovery port: a replica that waits for the others here must not be killed for it.
  await replica.whenReady(stop.signal);
  const zk = await ensemble.connect({ signal: stop.signal });
  // Locks and elections of the service use `zk`.
  if (!stop.signal.aborted) await once(stop.signal, "abort");
  await zk.close();
} catch (error) {
  if (!stop.signal.aborted) throw error;
} finally {
  server.close();
  // A leader hands over first.
  await ensemble.close();
}
