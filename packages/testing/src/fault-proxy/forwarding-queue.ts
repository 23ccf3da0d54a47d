import type { Socket } from "node:net";
import type { Clock, Timer } from "@conclave/runtime";

/** Settings of one direction of all connections. Changed by the proxy, read by the queues. */
export interface ForwardingSettings {
  frozen: boolean;
  delayMs: number;
  /** Largest number of bytes per write; 0 means no limit. */
  dribbleBytes: number;
}

/** `end`: FIN. `close`: FIN, and no further reads. `reset`: RST. */
type CloseKind = "end" | "close" | "reset";

interface Item {
  readonly content: Buffer | CloseKind;
  readonly arrivedAtMs: number;
}

/** Buffered bytes above which reading from the source pauses, so that a frozen queue does not buffer a whole stream. */
const HIGH_WATER_BYTES = 1024 * 1024;

/**
 * One direction of one connection: forwards the source's bytes in order, delayed according to the settings. The end of
 * the source is queued too: a frozen queue does not forward the close.
 */
export class ForwardingQueue {
  readonly #source: Socket;
  readonly #destination: Socket;
  readonly #settings: ForwardingSettings;
  readonly #clock: Clock;
  readonly #items: Item[] = [];
  #heldBytes = 0;
  #timer: Timer | undefined;
  #isWaiting = false;
  #isClosed = false;

  constructor(source: Socket, destination: Socket, settings: ForwardingSettings, clock: Clock) {
    this.#source = source;
    this.#destination = destination;
    this.#settings = settings;
    this.#clock = clock;
    destination.on("drain", () => this.#resume());
  }

  push(content: Buffer | CloseKind): void {
    if (this.#isClosed) return;
    this.#items.push({ content, arrivedAtMs: this.#clock.now() });
    if (typeof content !== "string") this.#heldBytes += content.length;
    this.wake();
    if (this.#heldBytes > HIGH_WATER_BYTES) this.#source.pause();
  }

  /** Applies the current settings. */
  wake(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    while (this.#canForward()) this.#forwardNext();
  }

  /** Discards the held bytes. */
  stop(): void {
    this.#isClosed = true;
    this.#items.length = 0;
    this.#timer?.cancel();
  }

  #canForward(): boolean {
    const next = this.#items[0];
    if (next === undefined || this.#isWaiting || this.#settings.frozen) return false;
    const waitMs = next.arrivedAtMs + this.#settings.delayMs - this.#clock.now();
    if (waitMs <= 0) return true;
    this.#timer = this.#clock.setTimer(waitMs, () => this.wake());
    return false;
  }

  #forwardNext(): void {
    const { content } = this.#items.shift()!;
    if (typeof content === "string") {
      this.#finish(content);
      return;
    }
    const { dribbleBytes } = this.#settings;
    const isPart = dribbleBytes > 0 && content.length > dribbleBytes;
    const part = isPart ? content.subarray(0, dribbleBytes) : content;
    if (isPart) this.#items.unshift({ content: content.subarray(dribbleBytes), arrivedAtMs: Number.NEGATIVE_INFINITY });
    this.#heldBytes -= part.length;
    const isDrained = this.#destination.destroyed || this.#destination.write(part);
    if (!isDrained) this.#isWaiting = true;
    else if (dribbleBytes > 0) {
      this.#isWaiting = true;
      setImmediate(() => this.#resume());
    }
    if (this.#heldBytes <= HIGH_WATER_BYTES && this.#source.isPaused()) this.#source.resume();
  }

  #resume(): void {
    this.#isWaiting = false;
    this.wake();
  }

  #finish(ending: CloseKind): void {
    if (ending === "end") {
      this.#destination.end();
      return;
    }
    this.stop();
    if (ending === "reset") reset(this.#destination);
    else this.#destination.destroySoon();
  }
}

/**
 * Closes a connection with RST. After FIN was sent, it is destroyed instead: libuv refuses to reset it, and Node.js would leave
 * it open and poll it without a pause.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
