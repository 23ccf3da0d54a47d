import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** TCP link to a port of this machine that can hold back the bytes that the other side sends. */
export interface HeldLink {
  readonly port: number;
  /** Holds the bytes from the target; those to it are forwarded. */
  hold(): void;
  /** Forwards the held bytes, and later ones at once. */
  release(): void;
  close(): void;
}

/** Opens a link that forwards both directions. */
export async function openHeldLink(target: number): Promise<HeldLink> {
  const fromTarget = new Set<Socket>();
  const open = new Set<Socket>();
  let isHeld = false;
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: target, host: "127.0.0.1", noDelay: true });
    near.pipe(far).pipe(near);
    fromTarget.add(far);
    if (isHeld) far.pause();
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on("error", () => one.destroy());
      one.on("close", () => {
        open.delete(one);
        fromTarget.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    hold: () => {
      isHeld = true;
      for (const far of fromTarget) far.pause();
    },
    release: () => {
      isHeld = false;
      for (const far of fromTarget) far.resume();
    },
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
