/**
 * A sum of 32-bit digests modulo 2^64 (org.apache.zookeeper.server.util.AdHash), kept in two halves: a bigint is
 * allocated only when the sum is read.
 */
export class DigestSum {
  /** Both unsigned. */
  #high = 0;
  #low = 0;

  /** The sum as a signed 64-bit integer. */
  get value(): bigint {
    halves.setUint32(0, this.#high);
    halves.setUint32(4, this.#low);
    return halves.getBigInt64(0);
  }

  /** `checksum` is a signed integer; it counts as an unsigned one. */
  add(checksum: number): void {
    this.#low += checksum >>> 0;
    if (this.#low < 0x1_0000_0000) return;
    this.#low -= 0x1_0000_0000;
    this.#high = (this.#high + 1) >>> 0;
  }

  subtract(checksum: number): void {
    this.#low -= checksum >>> 0;
    if (this.#low >= 0) return;
    this.#low += 0x1_0000_0000;
    this.#high = (this.#high - 1) >>> 0;
  }

  copy(): DigestSum {
    const copy = new DigestSum();
    copy.become(this);
    return copy;
  }

  become(other: DigestSum): void {
    this.#high = other.#high;
    this.#low = other.#low;
  }
}

const halves = new DataView(new ArrayBuffer(8));
