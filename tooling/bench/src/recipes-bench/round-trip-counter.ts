/**
 * Counts the requests and round trips of one connection. A request that is sent before an answer arrives shares the round
 * trip of the requests in flight: the count is the longest chain in which each request was sent after the answer to the one
 * before. Negative xids, such as those of pings, are not counted.
 */
export class RoundTripCounter {
  /** Position in the chain of each request without an answer, by its xid. */
  readonly #underWay = new Map<number, number>();
  #requests = 0;
  #roundTrips = 0;

  get requests(): number {
    return this.#requests;
  }

  /** Number of round trips that have ended. */
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

  /** Starts to count from zero. Requests in flight are not counted. */
  restart(): void {
    this.#underWay.clear();
    this.#requests = 0;
    this.#roundTrips = 0;
  }
}
