import { JuteWriter } from "@conclave/protocol";

/** Something that has written and wants to be flushed. */
export interface Flushable {
  flush(): void;
}

const MAX_POOLED = 64;
/** A writer that a large reply has grown beyond this is not kept. */
const MAX_POOLED_BYTES = 64 * 1024;

/**
 * Lends output buffers to connections for the time between their first reply of a tick and the flush, so that an idle
 * connection holds none; and knows by that who has something to send.
 */
export class WriterPool {
  readonly #free: JuteWriter[] = [];
  readonly #borrowers = new Set<Flushable>();

  take(borrower: Flushable): JuteWriter {
    this.#borrowers.add(borrower);
    return this.#free.pop() ?? new JuteWriter();
  }

  /** Takes back the writer of a borrower, out of which `sentBytes` were taken. */
  give(borrower: Flushable, writer: JuteWriter, sentBytes: number): void {
    this.#borrowers.delete(borrower);
    if (this.#free.length < MAX_POOLED && sentBytes <= MAX_POOLED_BYTES) this.#free.push(writer);
  }

  /** Flushes every connection that has written. */
  flushAll(): void {
    for (const borrower of this.#borrowers) borrower.flush();
  }
}
