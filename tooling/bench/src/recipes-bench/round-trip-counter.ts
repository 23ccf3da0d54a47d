/**
 * Counts what one connection asks, and how often it has to wait for an answer. A request that is sent before an answer came
 * shares the round trip of those that are under way: the count is the longest chain in which each request was sent after the
 * answer to the one before had come. Xids below zero, as of pings, are what a client sends by itself.
 */
export class RoundTripCounter {
  /** The place in the chain of each request that has no answer yet, by its xid. */
  readonly #underWay = new Map<number, number>();
  #requests = 0;
  #roundTrips = 0;

  get requests(): number {
    return this.#requests;
  }

  /** Those that have ended. */
  get roundTrips(): number {
    return this.#roundTrips;
  }

  request(xid: number): void {
    if (xid < 0) return;
    this.#requests++;
    this.#underWay.set(xid, this.#roundTrips + 1);
  }

  answer(xid: number): void {
    this.#roundTrips = Math.max(this.#roundTrips, this.#underWay.get(xid) ?? 0);
    this.#underWay.delete(xid);
  }

  /** Counts from zero. What is under way belongs to what was before. */
  restart(): void {
    this.#underWay.clear();
    this.#requests = 0;
    this.#roundTrips = 0;
  }
}
