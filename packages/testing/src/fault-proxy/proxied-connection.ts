import { connect, type Socket } from "node:net";
import type { Clock } from "@conclave/runtime";
import { FrameSplitter, type Piece } from "./frame-splitter.js";
import { Lane, type LaneSettings } from "./lane.js";
import { type ProxiedRequest, readProxiedAnswer, readProxiedRequest } from "./proxied-frame.js";
import { reset } from "./reset.js";

/** Direction of bytes: `requests` from client to server, `replies` back. */
export type Direction = "requests" | "replies";

/** Way to cut a connection: `reset` sends RST, `end` sends the bytes already forwarded, then FIN. */
export type CutMode = "reset" | "end";

/** Functions of the proxy that a connection uses. */
export interface ConnectionOwner {
  readonly target: { readonly host: string; readonly port: number };
  readonly clock: Clock;
  readonly lanes: Readonly<Record<Direction, LaneSettings>>;
  /** Returns the bytes to forward instead; they are the `index`th piece of this connection and direction. */
  change(bytes: Buffer, direction: Direction, index: number): Uint8Array;
  /** A request; true says that it is to be lost, and the connection with it. */
  losesRequest(request: ProxiedRequest): boolean;
  /** The reply to a request; true likewise. */
  losesReply(request: ProxiedRequest): boolean;
  notified(): void;
  closed(connection: ProxiedConnection): void;
}

/** Connection of one client and the matching connection to the server. */
export class ProxiedConnection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #owner: ConnectionOwner;
  readonly #lanes: Readonly<Record<Direction, Lane>>;
  readonly #splitters = { requests: new FrameSplitter(), replies: new FrameSplitter() };
  /** Requests without a reply, by xid. */
  readonly #unanswered = new Map<number, ProxiedRequest>();
  /** Number of pieces received per direction. The first is the handshake. */
  readonly #taken = { requests: 0, replies: 0 };
  /** Nothing is passed on any more. */
  #isOver = false;

  constructor(client: Socket, owner: ConnectionOwner) {
    this.#client = client;
    this.#owner = owner;
    this.#server = connect({ ...owner.target, allowHalfOpen: true, noDelay: true });
    this.#lanes = {
      requests: new Lane(client, this.#server, owner.lanes.requests, owner.clock),
      replies: new Lane(this.#server, client, owner.lanes.replies, owner.clock),
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
    this.#lanes.requests.wake();
    this.#lanes.replies.wake();
  }

  /** Closes both sides at once; bytes held by the lanes are lost. */
  cut(mode: CutMode): void {
    this.#isOver = true;
    for (const socket of [this.#client, this.#server]) {
      if (mode === "end") socket.destroySoon();
      else reset(socket);
    }
  }

  #listen(socket: Socket, direction: Direction): void {
    const lane = this.#lanes[direction];
    const splitter = this.#splitters[direction];
    socket.on("data", (chunk: Buffer) => {
      for (const piece of splitter.push(chunk)) this.#take(piece, direction);
    });
    socket.on("end", () => {
      this.#passOn({ bytes: splitter.rest(), isFrame: false }, direction, this.#taken[direction]);
      if (!this.#isOver) lane.push("end");
    });
    // "close" follows and says the same.
    socket.on("error", () => {});
    socket.on("close", (hadError) => {
      if (!this.#isOver) lane.push(hadError ? "reset" : "close");
      if (this.#client.destroyed && this.#server.destroyed) this.#forget();
    });
  }

  #take(piece: Piece, direction: Direction): void {
    if (this.#isOver) return;
    const index = this.#taken[direction]++;
    const isLost = piece.isFrame && index > 0 && this.#loses(piece.bytes, direction);
    if (isLost) this.#loseRest();
    else this.#passOn(piece, direction, index);
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

  #passOn({ bytes }: Piece, direction: Direction, index: number): void {
    if (this.#isOver || bytes.length === 0) return;
    const changed = this.#owner.change(bytes, direction, index);
    this.#lanes[direction].push(Buffer.from(changed.buffer, changed.byteOffset, changed.byteLength));
  }

  /** Closes the connection in both directions after the bytes forwarded so far. */
  #loseRest(): void {
    this.#isOver = true;
    this.#lanes.requests.push("close");
    this.#lanes.replies.push("close");
  }

  #forget(): void {
    this.#lanes.requests.stop();
    this.#lanes.replies.stop();
    this.#owner.closed(this);
  }
}
