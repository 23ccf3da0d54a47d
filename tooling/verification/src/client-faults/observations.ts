import type { Stat } from "@conclave/client";
import type { CallLog } from "./call-log.ts";

/** Data, paths and versions that the clients of a round read. */
export class Observations {
  /** All data that a client read. */
  readonly data = new Set<string>();
  /** All paths in the lists of children that a client read. */
  readonly paths = new Set<string>();
  readonly #log: CallLog;
  readonly #versions = new Map<string, string>();

  constructor(log: CallLog) {
    this.#log = log;
  }

  /** Records the data of a znode at a version; another client must see the same data at that version. */
  held(path: string, { czxid, version }: Stat, data: string): void {
    this.data.add(data);
    const key = `${path} of ${czxid}, version ${version}`;
    const before = this.#versions.get(key);
    if (before === undefined) this.#versions.set(key, data);
    else if (before !== data) this.#log.addViolation(`${key} had the data ${before} and ${data}`);
  }
}

/** Checks that one client never sees an older state after a newer one. */
export class ZxidOrder {
  readonly #log: CallLog;
  readonly #client: string;
  readonly #byPath = new Map<string, bigint>();
  #last = 0n;
  #lastOfSession = 0n;

  constructor(log: CallLog, client: string) {
    this.#log = log;
    this.#client = client;
  }

  /** Largest zxid that the client saw in this session. */
  get lastOfSession(): bigint {
    return this.#lastOfSession;
  }

  /** Forgets the zxids of the previous session. */
  forgetSession(): void {
    this.#lastOfSession = 0n;
  }

  /** Records the reply to a read. */
  read(path: string, stat: Stat): void {
    const before = this.#byPath.get(path) ?? 0n;
    if (stat.mzxid < before)
      this.#log.addViolation(`${this.#client}: ${path} changed from mzxid ${before} back to ${stat.mzxid}`);
    this.#byPath.set(path, stat.mzxid);
    this.#note(stat.mzxid, stat.pzxid);
  }

  /** Records the reply to a write: its zxid must be larger than all that this client saw. */
  wrote(path: string, stat: Stat): void {
    if (stat.mzxid <= this.#last) {
      this.#log.addViolation(`${this.#client}: wrote ${path} in ${stat.mzxid}, having seen ${this.#last}`);
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
