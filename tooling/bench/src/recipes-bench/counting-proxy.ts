import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { FrameDecoder, JuteReader, Xid } from "@conclave/protocol";
import { RoundTripCounter } from "./round-trip-counter.ts";

/**
 * Delay of answers: longer than a client takes to send independent requests, so that the number of requests that are sent
 * together does not depend on the load of the machine.
 */
const HOLD_MS = 5;
/** Time without traffic after which no more is expected. */
const QUIET_MS = 60;
const LONGEST_FRAME_BYTES = 16 * 1024 * 1024;

/** A proxy between a session and a server, which counts requests and round trips. */
export class CountingProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #counters = new Set<RoundTripCounter>();
  readonly #sockets = new Set<Socket>();
  #lastTrafficAt = 0;

  private constructor(targetPort: number) {
    this.#server = createServer({ noDelay: true }, (client) => this.#connect(client, targetPort));
  }

  static async start(targetPort: number): Promise<CountingProxy> {
    const proxy = new CountingProxy(targetPort);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get connectString(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Number of requests of all connections since the last {@link restart}. */
  get requests(): number {
    return sum([...this.#counters].map(({ requests }) => requests));
  }

  /** Number of round trips of all connections since the last {@link restart}. */
  get roundTrips(): number {
    return sum([...this.#counters].map(({ roundTrips }) => roundTrips));
  }

  restart(): void {
    for (const counter of this.#counters) counter.restart();
  }

  /** Resolves after a time without traffic, measured from the call at the earliest. */
  async quiet(): Promise<void> {
    const calledAt = performance.now();
    for (;;) {
      const leftMs = Math.max(this.#lastTrafficAt, calledAt) + QUIET_MS - performance.now();
      if (leftMs <= 0) return;
      await delay(leftMs);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, "close");
  }

  #connect(client: Socket, targetPort: number): void {
    const server = connect({ host: "127.0.0.1", port: targetPort, noDelay: true });
    const counter = new RoundTripCounter();
    this.#counters.add(counter);
    const requests = this.#onXids((xid) => counter.request(xid));
    const answers = this.#onXids((xid) => counter.answer(xid));
    client.on("data", (chunk: Buffer) => {
      requests(chunk);
      server.write(chunk);
    });
    server.on("data", (chunk: Buffer) => {
      setTimeout(() => {
        answers(chunk);
        client.write(chunk);
      }, HOLD_MS);
    });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      // A "close" event follows each error.
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroySoon();
      });
    }
  }

  /** Reads the xid of each frame except the first of a stream, which is a handshake. */
  #onXids(tell: (xid: number) => void): (chunk: Uint8Array) => void {
    const decoder = new FrameDecoder({ maxFrameBytes: LONGEST_FRAME_BYTES });
    const reader = new JuteReader();
    let isHandshake = true;
    return (chunk) =>
      decoder.push(chunk, (bytes, start, end) => {
        const xid = reader.reset(bytes, start, end).readInt();
        if (xid !== Xid.ping && !isHandshake) this.#lastTrafficAt = performance.now();
        if (!isHandshake) tell(xid);
        isHandshake = false;
      });
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
