import { createServer } from "node:net";
import { randomInt, systemRandom } from "@conclave/runtime";

export const HOST = "127.0.0.1";
/**
 * Range of {@link freePorts}: below the ports that operating systems give to outgoing connections, one of which could take a
 * port between its choice and the start of its server.
 */
const FIRST = 20_000;
const END = 32_000;

/** Resolves with true if a server can listen on this port of the loopback address now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const holder = createServer();
    holder.once("error", () => resolve(false));
    holder.listen(port, HOST, () => holder.close(() => resolve(true)));
  });
}

/** Finds ports of the loopback address that are free now, and not in `used`. Rejects if nearly all are in use. */
export async function freePorts(count: number, used: ReadonlySet<number> = new Set()): Promise<number[]> {
  const found = new Set<number>();
  for (let attempt = 0; attempt < END - FIRST && found.size < count; attempt++) {
    const port = FIRST + randomInt(systemRandom, END - FIRST);
    if (!found.has(port) && !used.has(port) && (await isFree(port))) found.add(port);
  }
  if (found.size < count)
    throw new Error(`found fewer than ${count} free ports from ${FIRST} to ${END - 1} of ${HOST}`);
  return [...found];
}
