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
  | "removeAllListeners"
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

/** The network between the members of an ensemble: the seam where tests put one that loses and delays. */
export interface Network {
  /** Connects; the socket reports `connect`, or `error` and `close`. */
  connect(address: PortAddress): QuorumSocket;
  /** Resolves when the port listens; rejects with Node.js's error if the address cannot be used. Port 0 takes a free one. */
  listen(options: ListenOptions): Promise<Listener>;
}

/** TCP. */
export const tcpNetwork: Network = Object.freeze({
  connect: ({ host, port }: PortAddress) => connect({ host, port, noDelay: true, keepAlive: true }),
  async listen({ host, port, maxConnections, onConnection, onError }: ListenOptions): Promise<Listener> {
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
