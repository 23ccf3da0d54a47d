import {
  type ElectionAddress,
  FrameDecoder,
  HelloVersion,
  JuteWriter,
  MAX_ELECTION_FRAME_BYTES,
  writeElectionHello,
} from "@conclave/protocol";
import type { Clock, Logger } from "@conclave/runtime";
import type { Network, QuorumSocket } from "./network.js";

export interface ElectionLinkOptions {
  readonly ownId: bigint;
  /** Id of the other server. */
  readonly id: bigint;
  /** Returns the addresses of this server's election port, to tell the other one. */
  readonly ownAddresses: () => readonly ElectionAddress[];
  /** Returns the other server's addresses in the configuration; none if it is in none. */
  readonly addresses: () => readonly ElectionAddress[];
  readonly onMessage: (message: Uint8Array) => void;
  /** Called when no process listens on any address of the other server. */
  readonly onRefused: () => void;
  readonly network: Network;
  readonly clock: Clock;
  readonly logger: Logger;
}

const CONNECT_TIMEOUT_MS = 5_000;

/** The connection of this server to another one's election port, whichever of them dialed. States are in SPEC.md. */
export class ElectionLink {
  readonly #options: ElectionLinkOptions;
  /** Addresses that the other server named in its hello; used if no configuration has it. */
  announced: readonly ElectionAddress[] = [];
  #socket: QuorumSocket | undefined;
  #dialing: QuorumSocket | undefined;
  /** The last message sent. A new connection begins with it. */
  #last: Uint8Array | undefined;
  /** True while {@link #last} was not written to a connection. */
  #isWaiting = false;
  /** True once a message was written to the present connection. */
  #hasWritten = false;
  #isClosed = false;

  constructor(options: ElectionLinkOptions) {
    this.#options = options;
  }

  /** True if the last message was written to a connection. */
  get hasDelivered(): boolean {
    return this.#last !== undefined && !this.#isWaiting;
  }

  send(message: Uint8Array): void {
    this.#last = message;
    this.#isWaiting = true;
    if (this.#socket === undefined) this.connect();
    else this.#write();
  }

  /** Dials, unless there is a connection or an attempt at one. */
  connect(): void {
    if (this.#socket === undefined) this.#dial();
  }

  /** Dials although there is a connection, which the new one replaces: the other server has lost it, and waits. */
  redial(): void {
    this.#dial();
  }

  /** Takes a connection that the other server dialed. `received` are the bytes after its hello. */
  adopt(socket: QuorumSocket, received: Uint8Array): void {
    if (this.#isClosed) return void socket.destroy();
    this.#dialing?.destroy();
    this.#dialing = undefined;
    this.#use(socket);
    if (received.length > 0) socket.unshift(received);
  }

  close(): void {
    this.#isClosed = true;
    this.#dialing?.destroy();
    this.#socket?.destroy();
  }

  /** `areRefused` is true if all addresses before this one were refused. */
  #dial(attempt = 0, areRefused = true): void {
    if (this.#isClosed || this.#dialing !== undefined) return;
    const configured = this.#options.addresses();
    const addresses = configured.length > 0 ? configured : this.announced;
    const address = addresses[attempt];
    if (address === undefined) {
      if (areRefused && attempt > 0 && this.#socket === undefined) this.#options.onRefused();
      return;
    }
    const { network } = this.#options;
    const socket = network.connect({ host: address.host, port: address.port });
    this.#dialing = socket;
    const timer = this.#options.clock.setTimer(CONNECT_TIMEOUT_MS, () => socket.destroy());
    let isRefused = false;
    socket.on("error", ({ code }: NodeJS.ErrnoException) => {
      isRefused = code === "ECONNREFUSED";
    });
    socket.once(network.readyEvent ?? "connect", () => {
      this.#sayHello(socket);
      const ready = (rest: Uint8Array): void => {
        timer.cancel();
        if (this.#dialing !== socket) return;
        this.#dialing = undefined;
        this.#dialed(socket, rest);
      };
      if (network.authentication === undefined) ready(EMPTY);
      else network.authentication.prove(socket, ready);
    });
    socket.once("close", () => {
      timer.cancel();
      if (this.#dialing !== socket) return;
      this.#dialing = undefined;
      this.#dial(attempt + 1, areRefused && isRefused);
    });
  }

  #sayHello(socket: QuorumSocket): void {
    const { ownId, ownAddresses } = this.#options;
    const out = new JuteWriter();
    const addresses = ownAddresses();
    // Servers before 3.6 know one address only.
    const version = addresses.length > 1 ? HelloVersion.V2 : HelloVersion.V1;
    writeElectionHello(out, { version, serverId: ownId, addresses });
    socket.write(out.take());
  }

  /** A server with a larger id dials back. */
  #dialed(socket: QuorumSocket, received: Uint8Array): void {
    const { ownId, id } = this.#options;
    if (id > ownId) return void socket.end();
    this.#use(socket);
    if (received.length > 0) socket.unshift(received);
  }

  #use(socket: QuorumSocket): void {
    const { onMessage, id, logger } = this.#options;
    const former = this.#socket;
    this.#socket = socket;
    this.#hasWritten = false;
    former?.destroy();
    const decoder = new FrameDecoder({ maxFrameBytes: MAX_ELECTION_FRAME_BYTES });
    socket.on("data", (chunk: Buffer) => {
      try {
        decoder.push(chunk, (bytes, start, end) => {
          if (this.#socket === socket) onMessage(bytes.slice(start, end));
        });
      } catch (error) {
        logger.warn("election port: closed a connection that sent a malformed frame", { server: id, error });
        socket.destroy();
      }
    });
    socket.on("drain", () => this.#socket === socket && this.#write());
    socket.once("close", () => {
      if (this.#socket === socket) this.#socket = undefined;
    });
    if (this.#last !== undefined) {
      this.#isWaiting = true;
      this.#write();
    }
  }

  /** Writes the last message, unless the socket still holds an earlier one. */
  #write(): void {
    const socket = this.#socket;
    if (socket === undefined || !this.#isWaiting || (this.#hasWritten && socket.writableLength > 0)) return;
    this.#isWaiting = false;
    this.#hasWritten = true;
    const out = new JuteWriter();
    out.writeBuffer(this.#last!);
    // TLS takes bytes later, and without `drain` if they are few.
    socket.write(out.take(), () => this.#socket === socket && this.#write());
  }
}

const EMPTY = new Uint8Array(0);
