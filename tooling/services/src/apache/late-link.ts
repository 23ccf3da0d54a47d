import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP link on loopback that delays answers. */
export interface LateLink {
  /** Port of the link; it forwards to the target's port. */
  readonly port: number;
  close(): void;
}

/**
 * Opens a link to a port of this machine. It forwards requests at once, and answers in order, each piece after a random delay of
 * at most `lagMs` milliseconds.
 */
export const openLateLink = async (port: number, lagMs: number): Promise<LateLink> => {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    near.pipe(far);
    const held: Buffer[] = [];
    let lastAtMs = 0;
    far.on("data", (piece: Buffer) => {
      held.push(piece);
      const nowMs = performance.now();
      lastAtMs = Math.max(lastAtMs, nowMs + Math.random() * lagMs);
      setTimeout(() => near.write(held.shift()!), lastAtMs - nowMs);
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on("error", () => one.destroy());
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
};
