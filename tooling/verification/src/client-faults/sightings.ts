import type { Stat } from "@conclave/client";
import type { Ledger } from "./ledger.ts";

/** What all clients of a round saw, put together. */
export class Sightings {
  /** Every datum that somebody read. */
  readonly data = new Set<string>();
  /** Every path that a list of children named. */
  readonly paths = new Set<string>();
  readonly #ledger: Ledger;
  readonly #versions = new Map<string, string>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** A znode held these data in this version: so it did for everybody. */
  held(path: string, { czxid, version }: Stat, data: string): void {
    this.data.add(data);
    const key = `${path} of ${czxid}, version ${version}`;
    const before = this.#versions.get(key);
    if (before === undefined) this.#versions.set(key, data);
    else if (before !== data) this.#ledger.violation(`${key} held ${before} and ${data}`);
  }
}

/** The order of what one client sees: it never goes back. */
export class ZxidOrder {
  readonly #ledger: Ledger;
  readonly #who: string;
  readonly #byPath = new Map<string, bigint>();
  #last = 0n;
  #lastOfSession = 0n;

  constructor(ledger: Ledger, who: string) {
    this.#ledger = ledger;
    this.#who = who;
  }

  /** The last transaction that this session showed its client. */
  get lastOfSession(): bigint {
    return this.#lastOfSession;
  }

  /** The client has another session now. */
  forgetSession(): void {
    this.#lastOfSession = 0n;
  }

  /** The answer to a read. */
  read(path: string, stat: Stat): void {
    const before = this.#byPath.get(path) ?? 0n;
    if (stat.mzxid < before) this.#ledger.violation(`${this.#who}: ${path} went back from ${before} to ${stat.mzxid}`);
    this.#byPath.set(path, stat.mzxid);
    this.#note(stat.mzxid, stat.pzxid);
  }

  /** The answer to a write: a transaction that comes after everything that this client saw. */
  wrote(path: string, stat: Stat): void {
    if (stat.mzxid <= this.#last) {
      this.#ledger.violation(`${this.#who}: wrote ${path} in ${stat.mzxid}, having seen ${this.#last}`);
    }
    this.read(path, stat);
  }

  #note(...zxids: readonly bigint[]): void {
    for (const zxid of zxids) {
      if (zxid > this.#last) this.#last = zxid;
      if (zxid > this.#lastOfSession) this.#lastOfSession = zxid;
    }
  }
}
