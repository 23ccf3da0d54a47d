import type { Socket } from "node:net";

/** The type of a TLS record that carries a handshake (RFC 8446, section 5.1); the length of a frame begins with 0. */
const TLS_HANDSHAKE = 0x16;

/**
 * Calls `then` with true if the first byte of a connection shows that its client uses TLS. The byte remains readable. A
 * client that sends nothing for `timeoutMs` is closed, and `then` is not called.
 */
export function whenFirstByteIsThere(socket: Socket, timeoutMs: number, then: (isTls: boolean) => void): void {
  socket.setTimeout(timeoutMs, () => socket.destroy());
  // The socket has no other listener until then, and an unhandled error event would end the process.
  const ignore = (): void => {};
  socket.on("error", ignore);
  const leave = (): void => void socket.end();
  socket.once("end", leave);
  socket.once("data", (bytes: Buffer) => {
    socket.setTimeout(0);
    socket.off("end", leave);
    socket.pause();
    socket.unshift(bytes);
    then(bytes[0] === TLS_HANDSHAKE);
    socket.off("error", ignore);
    // Listeners are added synchronously by `then`.
    setImmediate(() => socket.resume());
  });
}
