import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";

const listen = (port: number): Promise<Server | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ host: "127.0.0.1", port }, () => resolve(server));
  });

/**
 * Returns `count` different loopback ports that are free at this moment. Another process may take one before the caller does;
 * the caller then tries again with other ports.
 *
 * The ports are below the range from which systems choose the local port of an outgoing connection (on Linux 32768 and up).
 * A stopped server could otherwise lose its port to an outgoing connection, and a client that tries to reach the stopped
 * server on the same host could connect to itself.
 */
export const freePorts = async (count: number): Promise<readonly number[]> => {
  const held = new Map<number, Server>();
  try {
    for (let attempt = 0; held.size < count; attempt++) {
      if (attempt > 50 * count) throw new Error(`found fewer than ${count} free ports on 127.0.0.1 below 32768`);
      const port = randomInt(10_000, 32_000);
      const server = held.has(port) ? undefined : await listen(port);
      if (server !== undefined) held.set(port, server);
    }
    return [...held.keys()];
  } finally {
    await Promise.all([...held.values()].map((server) => new Promise((resolve) => server.close(resolve))));
  }
};
