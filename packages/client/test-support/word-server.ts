import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A server that is asked by four-letter words. */
export interface WordServer {
  readonly port: number;
  /** The words that it has received. */
  readonly received: string[];
  /** Resolves with the first connection. */
  readonly connected: Promise<Socket>;
  /** Resolve when each connection, in order, has ended. */
  readonly closed: Promise<unknown>[];
}

/** Starts a server on loopback that answers each word as `serve` does. It ends with the test. */
export async function startWordServer(serve: (socket: Socket) => unknown): Promise<WordServer> {
  const received: string[] = [];
  const closed: Promise<unknown>[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    closed.push(once(socket, "close"));
    socket.on("error", () => {});
    socket.once("data", (bytes) => {
      received.push(bytes.toString());
      serve(socket);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const connected = once(server, "connection").then(([socket]) => socket as Socket);
  return { port: (server.address() as AddressInfo).port, received, connected, closed };
}
