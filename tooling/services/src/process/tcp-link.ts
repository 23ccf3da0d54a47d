import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP link on loopback: a port that forwards to another one. */
export interface TcpLink {
  readonly port: number;
  /** Closes the port and its connections. */
  close(): void;
}

/**
 * Opens a link to a port of this machine. `forward` connects the two sides of each connection: `near` is that of the caller, `far`
 * that of the target. When a side ends, so does the other.
 */
export async function openTcpLink(target: number, forward: (near: Socket, far: Socket) => void): Promise<TcpLink> {
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: target, host: "127.0.0.1", noDelay: true });
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
    forward(near, far);
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
}
