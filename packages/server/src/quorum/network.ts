import { connect, createServer, type Socket } from "node:net";

/** A connection between two members: the part of a TCP socket that this folder uses. */
export type QuorumSocket = Pick<
  Socket,
  | "write"
  | "end"
  | "destroy"
  | "pause"
  | "resume"
  | "isPaused"
  | "unshift"
  | "on"
  | "once"
  | "off"
  | "writableLength"
  | "remoteAddress"
  | "remotePort"
>;

/** Address of a port. */
export interface PortAddress {
  readonly host: string;
  readonly port: number;
}

/** A port to listen on. */
export interface ListenOptions extends PortAddress {
  /** Further connections are closed at once. @default any number */
  readonly maxConnections?: number | undefined;
  readonly onConnection: (socket: QuorumSocket) => void;
  /** Called when the port fails while it listens. */
  readonly onError: (error: Error) => void;
}

/** A port that is listening. */
export interface Listener {
  readonly port: number;
  /** Accepts no further connection. Resolves when the accepted ones have ended. */
  close(): Promise<void>;
}

/** Authentication of the other server on a connection, before anything else that needs trust. States are in SPEC.md. */
export interface Authentication {
  /**
   * Proves to the server that was dialed that this one belongs to the ensemble. Calls `then` with the bytes that follow; if the
   * other server refuses, the connection ends instead.
   */
  prove(socket: QuorumSocket, then: (rest: Uint8Array) => void): void;
  /**
   * Has the server that has dialed prove that it belongs to the ensemble. `received` are the bytes that it has sent. Calls `then`
   * with the bytes that follow; if it fails, the connection ends instead. The caller limits the time.
   */
  check(socket: QuorumSocket, received: Uint8Array, then: (rest: Uint8Array) => void): void;
}

/** The network between the members of an ensemble: the seam where tests put one that loses and delays. */
export interface Network {
  /** Connects; the socket reports {@link readyEvent}, or `error` and `close`. */
  connect(address: PortAddress): QuorumSocket;
  /** Event of a socket that can be used. @default "connect" */
  readonly readyEvent?: "connect" | "secureConnect" | undefined;
  /** Authentication of servers to each other; undefined if there is none. */
  readonly authentication?: Authentication | undefined;
  /** Resolves when the port listens; rejects with Node.js's error if the address cannot be used. Port 0 takes a free one. */
  listen(options: ListenOptions): Promise<Listener>;
}

/** Returns true if a connection takes more than TCP's own handshake. */
export function isSecured({ readyEvent, authentication }: Network): boolean {
  return readyEvent === "secureConnect" || authentication !== undefined;
}

/** Listens for TCP connections; `onConnection` gets Node.js's sockets. */
export interface TcpListenOptions extends Omit<ListenOptions, "onConnection"> {
  readonly onConnection: (socket: Socket) => void;
}

/** TCP. */
export const tcpNetwork = Object.freeze({
  connect: ({ host, port }: PortAddress): Socket => connect({ host, port, noDelay: true, keepAlive: true }),
  async listen({ host, port, maxConnections, onConnection, onError }: TcpListenOptions): Promise<Listener> {
    const server = createServer({ noDelay: true, keepAlive: true }, onConnection);
    if (maxConnections !== undefined) server.maxConnections = maxConnections;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port }, () => {
        server.off("error", reject);
        server.on("error", onError);
        resolve();
      });
    });
    const address = server.address();
    return {
      port: typeof address === "object" && address !== null ? address.port : 0,
      close: () => new Promise<void>((resolve) => void server.close(() => resolve())),
    };
  },
});
