import { once } from "node:events";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A server that has lost its ensemble, and may get it back. */
export interface ReadOnlyProxy {
  readonly servers: string;
  /** Serves each client from now on, and ends the connections of read-only ones, as a server does that leads or follows again. */
  joinEnsemble(): void;
}

/**
 * Makes a real server look like one that has lost its ensemble: it answers `isro` with `ro`, closes connections of clients
 * that are not read-only, marks the answer to the handshake as read-only, and rejects `create2`.
 */
export async function startReadOnlyProxy(target: string): Promise<ReadOnlyProxy> {
  const [host = "", port = ""] = target.split(":");
  const sockets = new Set<Socket>();
  let isReadOnly = true;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.once("data", (hello: Buffer) => {
      if (hello.toString("latin1") === "isro") return void socket.end(isReadOnly ? "ro" : "rw");
      if (isReadOnly && hello.at(-1) === 0) return void socket.destroy();
      const upstream = createConnection({ host, port: Number(port) });
      upstream.on("error", () => socket.destroy());
      upstream.on("close", () => socket.destroy());
      socket.on("close", () => upstream.destroy());
      upstream.write(hello);
      if (isReadOnly) forwardReads(socket, upstream);
      else socket.pipe(upstream);
      upstream.once("data", (answer: Buffer) => {
        if (isReadOnly) answer.writeUInt8(1, answer.length - 1);
        socket.write(answer);
        upstream.pipe(socket);
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    servers: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    joinEnsemble: () => {
      isReadOnly = false;
      for (const socket of sockets) socket.destroy();
    },
  };
}

const CREATE2 = 15;
const NOT_READ_ONLY = -119;

function forwardReads(socket: Socket, upstream: Socket): void {
  let rest = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const frame = rest.subarray(0, 4 + rest.readInt32BE(0));
      rest = rest.subarray(frame.length);
      if (frame.readInt32BE(8) === CREATE2) socket.write(refusal(frame.readInt32BE(4)));
      else upstream.write(frame);
    }
  });
}

function refusal(xid: number): Buffer {
  const reply = Buffer.alloc(20);
  reply.writeInt32BE(16, 0);
  reply.writeInt32BE(xid, 4);
  reply.writeInt32BE(NOT_READ_ONLY, 16);
  return reply;
}
