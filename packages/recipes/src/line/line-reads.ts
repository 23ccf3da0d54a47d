import type { Stat } from "@conclave/client";
import { ReadAhead } from "../read-ahead.js";

/** Our own znode, as it was read. */
export interface OwnZnode {
  readonly data: Uint8Array | null;
  readonly stat: Stat;
}

/** How a place reads. */
export interface LineReadsOptions<Line> {
  readonly readLine: () => Promise<Line>;
  /** Leaves a watch. */
  readonly readOwn: (name: string) => Promise<OwnZnode>;
}

/**
 * What a place in line reads, some of it ahead of the need: the line right behind the creation of our znode, and our own znode
 * right behind the line where the only one before us has gone. So it takes two round trips to win alone, two to join others,
 * and one to win after that; without, it were three, three and two.
 */
export class LineReads<Line> {
  readonly #options: LineReadsOptions<Line>;
  readonly #lineAhead = new ReadAhead<Line>();
  readonly #ownAhead = new ReadAhead<OwnZnode>();
  #before = Number.POSITIVE_INFINITY;
  #isNext = false;

  constructor(options: LineReadsOptions<Line>) {
    this.#options = options;
  }

  /** Told when the creation of our znode is sent. */
  creating(): void {
    this.#lineAhead.send(this.#options.readLine);
  }

  /** Told of each watch that fires, each change of the connection and each failure: nothing from before counts. */
  interrupt(): void {
    this.#lineAhead.drop();
    this.#ownAhead.drop();
    this.#isNext = false;
  }

  /** Told, besides, that one ahead of us has gone. */
  oneWent(): void {
    this.#isNext = this.#before === 1;
  }

  /** Told how many stand before us. */
  standsBehind(before: number): void {
    this.#before = before;
  }

  /** `own`: our znode. */
  line(own: string): Promise<Line> {
    const line = this.#lineAhead.take(this.#options.readLine);
    this.#ownAhead.drop();
    if (this.#isNext) this.#ownAhead.send(() => this.#options.readOwn(own));
    this.#isNext = false;
    return line;
  }

  /** `name`: our znode, as it was for {@link line}. */
  own(name: string): Promise<OwnZnode> {
    return this.#ownAhead.take(() => this.#options.readOwn(name));
  }
}
