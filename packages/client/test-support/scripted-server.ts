import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { ScriptedPeer } from "./scripted-peer.js";

/**
 * TCP server on a loopback port without behaviour of its own. The test accepts each connection and sends
 * the replies.
 */
export class ScriptedServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #arrived: ScriptedPeer[] = [];
  readonly #wanted: ((peer: ScriptedPeer) => void)[] = [];
  /** Number of connections so far. */
  connections = 0;

  constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      const peer = new ScriptedPeer(socket);
      const take = this.#wanted.shift();
      if (take === undefined) this.#arrived.push(peer);
      else take(peer);
    });
  }

  get connectString(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Returns the next connection, in order of arrival. */
  connection(): Promise<ScriptedPeer> {
    const peer = this.#arrived.shift();
    if (peer !== undefined) return Promise.resolve(peer);
    return new Promise((resolve) => this.#wanted.push(resolve));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Starts a scripted server, which is closed at the end of the test. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  const server = createServer({ noDelay: true });
  const scripted = new ScriptedServer(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => scripted.close());
  return scripted;
}
