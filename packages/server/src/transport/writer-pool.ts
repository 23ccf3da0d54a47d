import { JuteWriter } from "@conclave/protocol";

/** Something that has written and wants to be flushed. */
export interface Flushable {
  flush(): void;
}

const MAX_POOLED = 64;
/** A writer that a large reply has grown beyond this is not kept. */
const MAX_POOLED_BYTES = 64 * 1024;

/**
 * Lends output buffers to connections from their first reply of a tick until the flush, so an idle connection holds
 * none; and remembers the connections to flush.
 */
export class WriterPool {
  readonly #free: JuteWriter[] = [];
  #senders: Flushable[] = [];

  take(): JuteWriter {
    return this.#free.pop() ?? new JuteWriter();
  }

  /** Takes back a writer, out of which `sentBytes` were taken. */
  give(writer: JuteWriter, sentBytes: number): void {
    if (this.#free.length < MAX_POOLED && sentBytes <= MAX_POOLED_BYTES) this.#free.push(writer);
  }

  /** Adds a connection to the next {@link flushAll}. */
  remember(sender: Flushable): void {
    this.#senders.push(sender);
  }

  /** Flushes all connections added since the last call. */
  flushAll(): void {
    const senders = this.#senders;
    this.#senders = [];
    for (const sender of senders) sender.flush();
  }
}
