import { type JuteReader, type JuteWriter, sync } from "@conclave/protocol";
import { type Pending, UNSENT, type Unsent } from "../requests/pending.js";

/** The answer comes from the leader for every path. */
const REQUEST = { path: "/" } as const;

/** The `sync` before the linearizable reads of one tick. Its errors become theirs (SPEC.md, "Linearizable reads"). */
export class SyncBeforeReads implements Unsent {
  readonly type = sync.type;
  xid = 0;
  sentAtMs: number = UNSENT;
  frameStart = 0;
  frameEnd = 0;
  readonly #reads: Pending[] = [];

  /** Adds a read that is sent after this, and in the same write. */
  add(read: Pending): void {
    this.#reads.push(read);
  }

  /** True if no read needs it any more. */
  get settled(): boolean {
    return this.#reads.every((read) => read.settled);
  }

  write(out: JuteWriter): void {
    sync.writeRequest(out, REQUEST);
  }

  resolveFrom(input: JuteReader): void {
    sync.readResponse(input);
  }

  rejectWith(errno: number): void {
    for (const read of this.#reads) read.syncFailed(errno);
  }

  rejectTooLong(bytes: number, maxReplyBytes: number): void {
    for (const read of this.#reads) read.rejectTooLong(bytes, maxReplyBytes);
  }

  /** Does nothing: the connection fails the reads as well. */
  failWith(): void {}

  /** Does nothing: the request can always be encoded. */
  reject(): void {}
}
