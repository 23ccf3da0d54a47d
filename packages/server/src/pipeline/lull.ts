/** So much makes garbage that is worth collecting, and so little is what a few thousand pings come to. */
const MUCH_BYTES = 4 * 1024 * 1024;
const LITTLE_BYTES = 64 * 1024;

/** Tells when little comes after much did, once for each time that much came. */
export class Lull {
  #seen = 0;
  #since = 0;

  /** To be asked at regular times. @param receivedBytes all that ever came */
  begins(receivedBytes: number): boolean {
    const came = receivedBytes - this.#seen;
    this.#seen = receivedBytes;
    this.#since += came;
    if (came > LITTLE_BYTES || this.#since < MUCH_BYTES) return false;
    this.#since = 0;
    return true;
  }
}
