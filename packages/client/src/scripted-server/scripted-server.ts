import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { ScriptedPeer } from "./scripted-peer.js";

/**
 * For tests: a TCP server on a loopback port without behaviour of its own. The test accepts each connection and sends
 * the replies.
 */
export class ScriptedServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #arrived: ScriptedPeer[] = [];
  readonly #wanted: ((peer: ScriptedPeer) => void)[] = [];
  /** Number of connections so far. */
  connections = 0;

  private constructor(server: Server) {
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

  static async start(): Promise<ScriptedServer> {
    const server = createServer({ noDelay: true });
    const scripted = new ScriptedServer(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return scripted;
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
