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
 * connection holds none; and remembers who has something to send.
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

  /** Has somebody flushed with the next {@link flushAll}. */
  remember(sender: Flushable): void {
    this.#senders.push(sender);
  }

  /** Flushes everybody who was remembered since the last time. */
  flushAll(): void {
    const senders = this.#senders;
    this.#senders = [];
    for (const sender of senders) sender.flush();
  }
}
