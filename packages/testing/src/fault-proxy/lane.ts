import type { Socket } from "node:net";
import type { Clock, Timer } from "@conclave/runtime";
import { reset } from "./reset.js";

/** Settings of one direction of all connections. Changed by the proxy, read by the lanes. */
export interface LaneSettings {
  frozen: boolean;
  delayMs: number;
  /** Bytes per write; 0 for as many as come. */
  dribbleBytes: number;
}

/** `end`: FIN. `close`: FIN, and nothing is read any more. `reset`: RST. */
type Ending = "end" | "close" | "reset";

interface Item {
  readonly what: Buffer | Ending;
  readonly arrivedAtMs: number;
}

/** Buffered bytes above which reading from the source pauses, so that a frozen lane does not buffer a whole stream. */
const HIGH_WATER_BYTES = 1024 * 1024;

/**
 * One direction of one connection: forwards the source's bytes in order, delayed according to the settings. The end of
 * the source is queued too: a frozen lane does not forward the close.
 */
export class Lane {
  readonly #source: Socket;
  readonly #destination: Socket;
  readonly #settings: LaneSettings;
  readonly #clock: Clock;
  readonly #items: Item[] = [];
  #heldBytes = 0;
  #timer: Timer | undefined;
  #isWaiting = false;
  #isOver = false;

  constructor(source: Socket, destination: Socket, settings: LaneSettings, clock: Clock) {
    this.#source = source;
    this.#destination = destination;
    this.#settings = settings;
    this.#clock = clock;
    destination.on("drain", () => this.#goOn());
  }

  push(what: Buffer | Ending): void {
    if (this.#isOver) return;
    this.#items.push({ what, arrivedAtMs: this.#clock.now() });
    if (typeof what !== "string") this.#heldBytes += what.length;
    this.wake();
    if (this.#heldBytes > HIGH_WATER_BYTES) this.#source.pause();
  }

  /** Applies the current settings. */
  wake(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    while (this.#canMove()) this.#moveNext();
  }

  /** Discards the held bytes. */
  stop(): void {
    this.#isOver = true;
    this.#items.length = 0;
    this.#timer?.cancel();
  }

  #canMove(): boolean {
    const next = this.#items[0];
    if (next === undefined || this.#isWaiting || this.#settings.frozen) return false;
    const waitMs = next.arrivedAtMs + this.#settings.delayMs - this.#clock.now();
    if (waitMs <= 0) return true;
    this.#timer = this.#clock.setTimer(waitMs, () => this.wake());
    return false;
  }

  #moveNext(): void {
    const { what } = this.#items.shift()!;
    if (typeof what === "string") {
      this.#finish(what);
      return;
    }
    const { dribbleBytes } = this.#settings;
    const isPart = dribbleBytes > 0 && what.length > dribbleBytes;
    const part = isPart ? what.subarray(0, dribbleBytes) : what;
    if (isPart) this.#items.unshift({ what: what.subarray(dribbleBytes), arrivedAtMs: Number.NEGATIVE_INFINITY });
    this.#heldBytes -= part.length;
    const isDrained = this.#destination.destroyed || this.#destination.write(part);
    if (!isDrained) this.#isWaiting = true;
    else if (dribbleBytes > 0) {
      this.#isWaiting = true;
      setImmediate(() => this.#goOn());
    }
    if (this.#heldBytes <= HIGH_WATER_BYTES && this.#source.isPaused()) this.#source.resume();
  }

  #goOn(): void {
    this.#isWaiting = false;
    this.wake();
  }

  #finish(ending: Ending): void {
    if (ending === "end") {
      this.#destination.end();
      return;
    }
    this.stop();
    if (ending === "reset") reset(this.#destination);
    else this.#destination.destroySoon();
  }
}
