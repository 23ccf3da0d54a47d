import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { ConnectRequest } from "@conclave/protocol";
import { onTestFinished } from "vitest";
import { ScriptedPeer } from "./scripted-peer.js";

/** Connection whose handshake the server has read. */
export interface GreetedPeer {
  readonly peer: ScriptedPeer;
  readonly handshake: ConnectRequest;
}

/**
 * Scripted server that can lose its ensemble. Without it, it answers `isro` with "ro" and closes each connection whose
 * client does not accept a read-only server, as Apache's does.
 */
export class ReadOnlyServer {
  readonly #arrived: GreetedPeer[] = [];
  readonly #waiting: ((greeted: GreetedPeer) => void)[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  hasEnsemble = false;
  /** Number of times that a client has asked for the mode, by `isro`. */
  questions = 0;

  constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      void this.#handle(socket).catch(() => {});
    });
  }

  get connectString(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Returns the next connection of a client that the server does not send away, in order of arrival. */
  greeted(): Promise<GreetedPeer> {
    const greeted = this.#arrived.shift();
    if (greeted !== undefined) return Promise.resolve(greeted);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Ends all connections, and accepts no more. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  async #handle(socket: Socket): Promise<void> {
    socket.on("error", () => {});
    const [chunk] = (await once(socket, "data")) as [Buffer];
    if (chunk.toString("latin1") === "isro") {
      this.questions += 1;
      socket.end(this.hasEnsemble ? "rw" : "ro");
      return;
    }
    const peer = new ScriptedPeer(socket);
    socket.emit("data", chunk);
    const handshake = await peer.handshake();
    if (!this.hasEnsemble && handshake.readOnly !== true) {
      peer.hangUp();
      return;
    }
    const take = this.#waiting.shift();
    if (take === undefined) this.#arrived.push({ peer, handshake });
    else take({ peer, handshake });
  }
}

/** Starts a server that has lost its ensemble. It is closed at the end of the test. */
export async function startReadOnlyServer(): Promise<ReadOnlyServer> {
  const server = createServer({ noDelay: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const readOnly = new ReadOnlyServer(server);
  onTestFinished(() => readOnly.close());
  return readOnly;
}
