import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { ScriptedPeer } from "./scripted-peer.js";

/** Answers `srvr` on a connection, which is otherwise left open. */
export type OnVersionAsked = (socket: Socket) => void;

/**
 * TCP server on a loopback port without behaviour of its own. The test accepts each connection and sends
 * the replies.
 */
export class ScriptedServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #arrived: ScriptedPeer[] = [];
  readonly #wanted: ((peer: ScriptedPeer) => void)[] = [];
  /** Number of connections so far, without questions. */
  connections = 0;
  /** Number of questions so far (`srvr`). */
  questions = 0;
  /** Number of questions whose connection is open. */
  openQuestions = 0;

  constructor(server: Server, onVersionAsked?: OnVersionAsked) {
    this.#server = server;
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      if (onVersionAsked === undefined) this.#serve(socket);
      else this.#serveOrAnswer(socket, onVersionAsked);
    });
  }

  #serve(socket: Socket): void {
    this.connections += 1;
    const peer = new ScriptedPeer(socket);
    const take = this.#wanted.shift();
    if (take === undefined) this.#arrived.push(peer);
    else take(peer);
  }

  #serveOrAnswer(socket: Socket, onVersionAsked: OnVersionAsked): void {
    socket.on("error", () => {});
    socket.once("data", (chunk) => {
      if (chunk.toString("latin1") === "srvr") {
        this.questions += 1;
        this.openQuestions += 1;
        socket.on("close", () => {
          this.openQuestions -= 1;
        });
        onVersionAsked(socket);
        return;
      }
      this.#serve(socket);
      socket.emit("data", chunk);
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

/**
 * Starts a scripted server, which is closed at the end of the test. With `onVersionAsked` it can be asked for its version; the
 * test then sees a connection only when its first bytes have arrived.
 */
export async function startScriptedServer(onVersionAsked?: OnVersionAsked): Promise<ScriptedServer> {
  const server = createServer({ noDelay: true });
  const scripted = new ScriptedServer(server, onVersionAsked);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => scripted.close());
  return scripted;
}
