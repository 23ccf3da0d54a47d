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
  readonly #senders = new Set<Flushable>();

  /** Flushes also who has something to send, and needs no writer for it. Undone by {@link forget}. */
  remember(sender: Flushable): void {
    this.#senders.add(sender);
  }

  forget(sender: Flushable): void {
    this.#senders.delete(sender);
  }

  take(borrower: Flushable): JuteWriter {
    this.#senders.add(borrower);
    return this.#free.pop() ?? new JuteWriter();
  }

  /** Takes back the writer of a borrower, out of which `sentBytes` were taken. */
  give(borrower: Flushable, writer: JuteWriter, sentBytes: number): void {
    this.#senders.delete(borrower);
    if (this.#free.length < MAX_POOLED && sentBytes <= MAX_POOLED_BYTES) this.#free.push(writer);
  }

  /** Flushes every connection that has written. */
  flushAll(): void {
    for (const sender of this.#senders) sender.flush();
  }
}
