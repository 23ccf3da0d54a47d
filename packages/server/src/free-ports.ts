import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";

const HOST = "127.0.0.1";
/** Range of the ports: below those from which systems take the local port of an outgoing connection (32768 on Linux). */
const FIRST = 10_000;
const END = 32_000;
const ATTEMPTS_PER_PORT = 50;

const listen = (port: number): Promise<Server | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ host: HOST, port }, () => resolve(server));
  });

/**
 * Returns different loopback ports that are free now. A member of an ensemble listens on its quorum port only while it leads;
 * an outgoing connection of this machine must not take that port meanwhile.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const held = new Map<number, Server>();
  try {
    for (let attempt = 0; held.size < count; attempt++) {
      if (attempt > ATTEMPTS_PER_PORT * count) {
        throw new Error(
          `${HOST} has no ${count} free ports from ${FIRST} to ${END}; stop other servers on this machine`,
        );
      }
      const port = randomInt(FIRST, END);
      const server = held.has(port) ? undefined : await listen(port);
      if (server !== undefined) held.set(port, server);
    }
    return [...held.keys()];
  } finally {
    await Promise.all([...held.values()].map((server) => new Promise((resolve) => server.close(resolve))));
  }
}
