import type { Socket } from "node:net";
import { openTcpLink, type TcpLink } from "@conclave/services";

/** A link that can hold back the bytes that its target sends. */
export interface HeldLink extends TcpLink {
  /** Holds the bytes from the target; those to it are forwarded. */
  hold(): void;
  /** Forwards the held bytes, and later ones at once. */
  release(): void;
}

/** Opens a link that forwards both directions until it is held. */
export async function openHeldLink(target: number): Promise<HeldLink> {
  const fromTarget = new Set<Socket>();
  let isHeld = false;
  const link = await openTcpLink(target, (near, far) => {
    near.pipe(far).pipe(near);
    fromTarget.add(far);
    far.on("close", () => fromTarget.delete(far));
    if (isHeld) far.pause();
  });
  return {
    ...link,
    hold: () => {
      isHeld = true;
      for (const far of fromTarget) far.pause();
    },
    release: () => {
      isHeld = false;
      for (const far of fromTarget) far.resume();
    },
  };
}
