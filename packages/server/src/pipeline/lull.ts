/** So much makes garbage that is worth collecting, and so little in a turn is what a few thousand pings come to. */
const MUCH_BYTES = 4 * 1024 * 1024;
const LITTLE_BYTES = 64 * 1024;
/** A client that is back after a moment should not have to wait for a collection. */
const QUIET_TURNS = 3;

/** Tells when little has come for a while after much did, once for each time that much came. */
export class Lull {
  #seen = 0;
  #since = 0;
  #quietTurns = 0;

  /** To be asked at regular times. @param receivedBytes all that ever came */
  begins(receivedBytes: number): boolean {
    const came = receivedBytes - this.#seen;
    this.#seen = receivedBytes;
    this.#since += came;
    this.#quietTurns = came > LITTLE_BYTES ? 0 : this.#quietTurns + 1;
    if (this.#quietTurns < QUIET_TURNS || this.#since < MUCH_BYTES) return false;
    this.#since = 0;
    return true;
  }
}
