import { createServer, type Server } from "node:net";
import { type Random, randomInt, systemRandom } from "./random.js";

const HOST = "127.0.0.1";
/** Range of the ports: below those from which systems take the local port of an outgoing connection (on Linux 32768 and up). */
const FIRST = 10_000;
const END = 32_000;
const ATTEMPTS_PER_PORT = 50;

/** Resolves with a server that holds this port of the loopback address, or with `undefined` if it is in use. */
const hold = (port: number): Promise<Server | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ host: HOST, port }, () => resolve(server));
  });

const release = (server: Server): Promise<unknown> => new Promise((resolve) => server.close(resolve));

/** Resolves with true if a server can listen on this port of the loopback address now. */
export async function isFreePort(port: number): Promise<boolean> {
  const holder = await hold(port);
  if (holder !== undefined) await release(holder);
  return holder !== undefined;
}

/**
 * Returns different ports of the loopback address that are free at this moment, and not in `used`. Another process may take one
 * before the caller does. An outgoing connection does not: they are below the range of its ports, so that a stopped server finds
 * its port again, and a client that tries to reach it cannot connect to itself. Rejects if nearly all are in use.
 */
export async function freePorts(
  count: number,
  { used = [], random = systemRandom }: { readonly used?: Iterable<number>; readonly random?: Random } = {},
): Promise<readonly number[]> {
  const taken = new Set(used);
  const held = new Map<number, Server>();
  try {
    for (let attempt = 0; held.size < count; attempt++) {
      if (attempt > ATTEMPTS_PER_PORT * count) {
        throw new Error(
          `${HOST} has no ${count} free ports from ${FIRST} to ${END}; stop other servers on this machine`,
        );
      }
      const port = FIRST + randomInt(random, END - FIRST);
      if (taken.has(port)) continue;
      const holder = await hold(port);
      if (holder === undefined) continue;
      taken.add(port);
      held.set(port, holder);
    }
    return [...held.keys()];
  } finally {
    await Promise.all([...held.values()].map(release));
  }
}
