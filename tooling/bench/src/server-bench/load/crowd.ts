import { RawConnection } from "./raw-connection.ts";
import { CLOSE } from "./request-frames.ts";

/**
 * Number of sessions that open or close at the same time. Beyond 50 Apache's queue of connections is full, and the system
 * lets some wait for a second.
 */
const AT_ONCE = 32;

/** Opens many sessions, spread evenly over the ports. */
export async function openCrowd(ports: readonly number[], count: number): Promise<readonly RawConnection[]> {
  const crowd: RawConnection[] = [];
  let begun = 0;
  await concurrently(async () => {
    while (begun < count) {
      const port = ports[begun++ % ports.length]!;
      crowd.push(await RawConnection.open(port));
    }
  });
  return crowd;
}

/** Closes sessions and connections. */
export async function closeCrowd(crowd: readonly RawConnection[]): Promise<void> {
  const left = [...crowd];
  await concurrently(async () => {
    for (let connection = left.pop(); connection !== undefined; connection = left.pop()) {
      connection.onRead = () => {};
      await connection.ask(CLOSE);
      connection.destroy();
    }
  });
}

async function concurrently(work: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
