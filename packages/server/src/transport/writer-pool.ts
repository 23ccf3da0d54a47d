import { JuteWriter } from "@conclave/protocol";

/** Something that has written and wants to be flushed. */
export interface Flushable {
  flush(): void;
}

const MAX_POOLED = 64;
/** A writer with more output than this is not kept. */
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

  /** Takes back a writer, which the caller must not use any more. Returns its output. */
  giveBack(writer: JuteWriter): Uint8Array {
    if (writer.length > MAX_POOLED_BYTES || this.#free.length >= MAX_POOLED) return writer.peek();
    const bytes = Buffer.from(writer.peek());
    writer.clear();
    this.#free.push(writer);
    return bytes;
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
