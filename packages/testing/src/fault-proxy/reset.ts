import type { Socket } from "node:net";

/**
 * Ends a connection with RST. One that has sent its FIN already is closed instead: libuv refuses to reset it, and Node.js
 * then leaves it open for ever, hung up and polled without a pause.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
