import { connect, type Socket } from "node:net";
import type { Clock } from "@conclave/runtime";
import { ForwardingQueue, type ForwardingSettings, reset } from "./forwarding-queue.js";
import { FrameSplitter, type Piece } from "./frame-splitter.js";
import { type ProxiedRequest, readProxiedAnswer, readProxiedRequest } from "./proxied-frame.js";

/** Direction of bytes: `requests` from client to server, `replies` back. */
export type Direction = "requests" | "replies";

/** Way to cut a connection: `reset` sends RST, `end` sends the bytes already forwarded, then FIN. */
export type CutMode = "reset" | "end";

/** Functions of the proxy that a connection uses. */
export interface ConnectionOwner {
  readonly target: { readonly host: string; readonly port: number };
  readonly clock: Clock;
  readonly queues: Readonly<Record<Direction, ForwardingSettings>>;
  /** Returns the bytes to forward instead; they are the `index`th piece of this connection and direction. */
  change(bytes: Buffer, direction: Direction, index: number): Uint8Array;
  /** Called with a request; returns true to drop it and close the connection. */
  losesRequest(request: ProxiedRequest): boolean;
  /** Called with the request of a reply; returns true to drop the reply and close the connection. */
  losesReply(request: ProxiedRequest): boolean;
  notified(): void;
  closed(connection: ProxiedConnection): void;
}

/** Connection of one client and the matching connection to the server. */
export class ProxiedConnection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #owner: ConnectionOwner;
  readonly #queues: Readonly<Record<Direction, ForwardingQueue>>;
  readonly #splitters = { requests: new FrameSplitter(), replies: new FrameSplitter() };
  /** Requests without a reply, by xid. */
  readonly #unanswered = new Map<number, ProxiedRequest>();
  /** Number of pieces received per direction. The first is the handshake. */
  readonly #received = { requests: 0, replies: 0 };
  /** True after the last byte to forward was queued. */
  #isClosed = false;

  constructor(client: Socket, owner: ConnectionOwner) {
    this.#client = client;
    this.#owner = owner;
    this.#server = connect({ ...owner.target, allowHalfOpen: true, noDelay: true });
    this.#queues = {
      requests: new ForwardingQueue(client, this.#server, owner.queues.requests, owner.clock),
      replies: new ForwardingQueue(this.#server, client, owner.queues.replies, owner.clock),
    };
    this.#listen(client, "requests");
    this.#listen(this.#server, "replies");
  }

  /** True while the client has not closed its side. */
  get isHeldByClient(): boolean {
    return !this.#client.readableEnded && !this.#client.destroyed;
  }

  /** Applies the current settings. */
  wake(): void {
    this.#queues.requests.wake();
    this.#queues.replies.wake();
  }

  /** Closes both sides at once; bytes held by the queues are lost. */
  cut(mode: CutMode): void {
    this.#isClosed = true;
    for (const socket of [this.#client, this.#server]) {
      if (mode === "end") socket.destroySoon();
      else reset(socket);
    }
  }

  #listen(socket: Socket, direction: Direction): void {
    const queue = this.#queues[direction];
    const splitter = this.#splitters[direction];
    socket.on("data", (chunk: Buffer) => {
      for (const piece of splitter.push(chunk)) this.#receive(piece, direction);
    });
    socket.on("end", () => {
      this.#forward({ bytes: splitter.rest(), isFrame: false }, direction, this.#received[direction]);
      if (!this.#isClosed) queue.push("end");
    });
    // The event "close" follows.
    socket.on("error", () => {});
    socket.on("close", (hadError) => {
      if (!this.#isClosed) queue.push(hadError ? "reset" : "close");
      if (this.#client.destroyed && this.#server.destroyed) this.#forget();
    });
  }

  #receive(piece: Piece, direction: Direction): void {
    if (this.#isClosed) return;
    const index = this.#received[direction]++;
    const isLost = piece.isFrame && index > 0 && this.#loses(piece.bytes, direction);
    if (isLost) this.#loseRest();
    else this.#forward(piece, direction, index);
  }

  #loses(frame: Buffer, direction: Direction): boolean {
    if (direction === "requests") {
      const request = readProxiedRequest(frame);
      if (request === undefined) return false;
      this.#unanswered.set(request.xid, request);
      return this.#owner.losesRequest(request);
    }
    const answer = readProxiedAnswer(frame);
    if (answer?.kind === "notification") this.#owner.notified();
    if (answer?.kind !== "reply") return false;
    const request = this.#unanswered.get(answer.xid);
    this.#unanswered.delete(answer.xid);
    return request !== undefined && this.#owner.losesReply(request);
  }

  #forward({ bytes }: Piece, direction: Direction, index: number): void {
    if (this.#isClosed || bytes.length === 0) return;
    const changed = this.#owner.change(bytes, direction, index);
    this.#queues[direction].push(Buffer.from(changed.buffer, changed.byteOffset, changed.byteLength));
  }

  /** Closes the connection in both directions after the bytes forwarded so far. */
  #loseRest(): void {
    this.#isClosed = true;
    this.#queues.requests.push("close");
    this.#queues.replies.push("close");
  }

  #forget(): void {
    this.#queues.requests.stop();
    this.#queues.replies.stop();
    this.#owner.closed(this);
  }
}
