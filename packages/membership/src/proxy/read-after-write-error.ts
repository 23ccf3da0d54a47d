import type { Socket } from "node:net";

type Done = (error?: Error | null) => void;

const prepared = new WeakSet<Socket>();

/**
 * Keeps a connection readable when writing to it fails.
 *
 * A member that answers before it has read the request, and closes, resets the connection: the next write fails, while its
 * answer may still wait to be read. Node.js destroys a socket on the first failed write, and the answer with it. Here the
 * failed write never completes, so that nothing more is written; reading ends with the answer, or with the end of the
 * connection, and both are then reported as usual.
 */
export function readAfterWriteError(socket: Socket): void {
  if (prepared.has(socket)) return;
  prepared.add(socket);
  const write = socket._write.bind(socket);
  const writev = socket._writev?.bind(socket);
  const unlessReset =
    (done: Done): Done =>
    (error) => {
      const isReset =
        error !== null &&
        error !== undefined &&
        "code" in error &&
        (error.code === "EPIPE" || error.code === "ECONNRESET");
      if (!isReset || socket.readableEnded || socket.destroyed) done(error);
      else socket.once("end", () => done(error));
    };
  socket._write = (chunk, encoding, done) => write(chunk, encoding, unlessReset(done));
  if (writev !== undefined) socket._writev = (chunks, done) => writev(chunks, unlessReset(done));
}
