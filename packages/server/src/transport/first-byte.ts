import type { Socket } from "node:net";

/** The type of a TLS record that carries a handshake (RFC 8446, section 5.1); the length of a frame begins with 0. */
const TLS_HANDSHAKE = 0x16;

/**
 * Tells by a connection's first byte whether its client speaks TLS. The byte is there still for who reads the socket next.
 * A client that says nothing for `timeoutMs` is cut, and nobody is told.
 */
export function whenFirstByteIsThere(socket: Socket, timeoutMs: number, then: (isTls: boolean) => void): void {
  socket.setTimeout(timeoutMs, () => socket.destroy());
  // Until then nobody else listens, and a connection that is reset would end the process.
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
    // Whoever listens has begun to by then.
    setImmediate(() => socket.resume());
  });
}
