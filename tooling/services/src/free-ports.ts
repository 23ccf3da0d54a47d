import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";

const listen = (port: number): Promise<Server | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ host: "127.0.0.1", port }, () => resolve(server));
  });

/**
 * `count` different loopback ports that nobody listens on at this moment. Another process may take one before you do:
 * be ready to try again.
 *
 * The ports lie below the range from which systems choose the local port of an outgoing connection (from 32768 on
 * Linux). A server that is stopped and restarted on its port would otherwise lose it to any client's connection, and a
 * client that keeps trying to reach the stopped server on this host could end up connected to itself.
 */
export const freePorts = async (count: number): Promise<readonly number[]> => {
  const held = new Map<number, Server>();
  try {
    for (let attempt = 0; held.size < count; attempt++) {
      if (attempt > 50 * count) throw new Error(`Found no ${count} free ports on 127.0.0.1 below 32768`);
      const port = randomInt(10_000, 32_000);
      const server = held.has(port) ? undefined : await listen(port);
      if (server !== undefined) held.set(port, server);
    }
    return [...held.keys()];
  } finally {
    await Promise.all([...held.values()].map((server) => new Promise((resolve) => server.close(resolve))));
  }
};
