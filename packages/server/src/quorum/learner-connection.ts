import { JuteWriter, type QuorumPacket, QuorumPacketDecoder, writeQuorumPacket } from "@conclave/protocol";
import type { QuorumSocket } from "./network.js";

export interface LearnerConnectionOptions {
  readonly socket: QuorumSocket;
  /** Number by which the leader knows this connection. */
  readonly number: number;
  /** Largest packet of a learner. */
  readonly maxPacketBytes: number;
  /** Calls back at the end of this turn of the event loop. */
  readonly defer: (task: () => void) => void;
  readonly onPacket: (learner: LearnerConnection, packet: QuorumPacket) => void;
  /** Called after the packets that arrived together. */
  readonly onRead: (learner: LearnerConnection) => void;
  /** Called once, when the connection has ended. */
  readonly onGone: (learner: LearnerConnection, cause: string) => void;
}

/**
 * A leader's connection to one learner. Everything leaves in the order in which it was given: packets that are sent during a
 * bulk of history follow it.
 */
export class LearnerConnection {
  readonly number: number;
  readonly #options: LearnerConnectionOptions;
  readonly #out = new JuteWriter();
  #bulks: AsyncIterable<Uint8Array>[] = [];
  /** Packets after each of the bulks, the first one under way. */
  #afterBulks: JuteWriter[] = [];
  #isFlushing = false;
  #isOpen = true;
  /** Token of this learner as the owner of sessions. */
  readonly owner = Object.freeze({ isLearner: true, end() {}, destroy() {} });

  constructor(options: LearnerConnectionOptions) {
    this.#options = options;
    this.number = options.number;
    const { socket, maxPacketBytes, onPacket, onRead } = options;
    const decoder = new QuorumPacketDecoder({
      maxDataBytes: maxPacketBytes,
      onPacket: (packet) => {
        if (this.#isOpen) onPacket(this, packet);
      },
    });
    let cause = "the learner closed the connection";
    socket.on("error", (error) => {
      cause = error.message;
    });
    socket.on("data", (chunk: Buffer) => {
      try {
        decoder.push(chunk);
      } catch (error) {
        this.close(`the learner sent what cannot be read: ${(error as Error).message}`);
      }
      if (this.#isOpen) onRead(this);
    });
    socket.once("close", () => this.#gone(cause));
  }

  get remote(): string {
    const { remoteAddress, remotePort } = this.#options.socket;
    return `${remoteAddress}:${remotePort}`;
  }

  /** Sends a packet at the end of this turn, together with others. Copies it. */
  send(packet: QuorumPacket): void {
    const after = this.#afterBulks.at(-1);
    writeQuorumPacket(after ?? this.#out, packet);
    if (after === undefined) this.#flushLater();
  }

  /** Sends a part of the history, made as the learner takes it. Closes the connection if making it fails. */
  sendBulk(chunks: AsyncIterable<Uint8Array>): void {
    this.#bulks.push(chunks);
    this.#afterBulks.push(new JuteWriter());
    if (this.#bulks.length === 1) void this.#writeBulks();
  }

  /** Closes the connection, and reports it as gone. */
  close(cause: string): void {
    this.#options.socket.destroy();
    this.#gone(cause);
  }

  #flushLater(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    this.#options.defer(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushing = false;
    if (!this.#isOpen || this.#out.length === 0) return;
    this.#options.socket.write(Buffer.from(this.#out.peek()));
    this.#out.clear();
  }

  async #writeBulks(): Promise<void> {
    const { socket } = this.#options;
    this.#flush();
    try {
      while (this.#bulks.length > 0) {
        for await (const chunk of this.#bulks[0]!) {
          if (!this.#isOpen) return;
          if (!socket.write(Uint8Array.from(chunk))) await this.#drained();
        }
        this.#bulks.shift();
        this.#out.writeRaw(this.#afterBulks.shift()!.peek());
        this.#flushLater();
      }
    } catch (error) {
      this.close(`the history could not be sent: ${(error as Error).message}`);
    }
  }

  #drained(): Promise<void> {
    const { socket } = this.#options;
    return new Promise((resolve) => {
      const done = (): void => {
        socket.off("drain", done);
        socket.off("close", done);
        resolve();
      };
      socket.once("drain", done);
      socket.once("close", done);
    });
  }

  #gone(cause: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#options.onGone(this, cause);
  }
}
