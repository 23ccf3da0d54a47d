import { openTcpLink, type TcpLink } from "../process/tcp-link.ts";

/**
 * Opens a link to a port of this machine. It forwards requests at once, and answers in order, each piece after a random delay of
 * at most `lagMs` milliseconds.
 */
export const openLateLink = (port: number, lagMs: number): Promise<TcpLink> =>
  openTcpLink(port, (near, far) => {
    near.pipe(far);
    const held: Buffer[] = [];
    let lastAtMs = 0;
    far.on("data", (piece: Buffer) => {
      held.push(piece);
      const nowMs = performance.now();
      lastAtMs = Math.max(lastAtMs, nowMs + Math.random() * lagMs);
      setTimeout(() => near.write(held.shift()!), lastAtMs - nowMs);
    });
  });
