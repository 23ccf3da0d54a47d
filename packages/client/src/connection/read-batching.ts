/** The most reads that leave as one: beyond, a process is woken so rarely already that little is left to gain. */
const MOST_READS = 64;
/** About what one read of a socket gives: a longer reply is gathered, and keeps its first results waiting for its last. */
const REPLY_BYTES = 64 * 1024;
/** The longest reply to a batch, at worst: 64 znodes of 1 MiB. Conclave's server gives no longer one either. */
const WORST_REPLY_BYTES = 65 * 1024 * 1024;
/** Around the bytes of a znode in a reply: a MultiHeader, the length, a Stat. */
const RESULT_BYTES = 9 + 4 + 68;
/** Around the results: the reply's header, and the MultiHeader that ends them. */
const FRAME_BYTES = 16 + 9;
/** How fast a large reply is forgotten: each small one takes this part off the difference. */
const FORGET = 16;

/**
 * How many reads may leave as one. The reply holds the results of all of them, and must end no connection that would have
 * lived had they been sent one by one:
 *
 * - As many as fit into 64 KiB at the size of the largest of the recent replies, and none before the first reply on a
 *   connection. So large znodes are read one by one.
 * - Where small ones were read, and then large ones all at once: no more than fit into {@link longestReplyBytes} at the
 *   largest that a server takes (`maxRequestBytes`), and so much is accepted, whatever `maxReplyBytes` says of others.
 */
export class ReadBatching {
  /** The longest request, in bytes. */
  readonly maxRequestBytes: number;
  /** The longest reply to a batch, in bytes. */
  readonly longestReplyBytes: number;
  readonly #mostReads: number;
  #recentBytes = Infinity;

  constructor({
    maxRequestBytes,
    maxReplyBytes,
  }: { readonly maxRequestBytes: number; readonly maxReplyBytes: number }) {
    this.maxRequestBytes = maxRequestBytes;
    this.longestReplyBytes = Math.max(WORST_REPLY_BYTES, maxReplyBytes);
    const fitting = Math.floor((WORST_REPLY_BYTES - FRAME_BYTES) / (maxRequestBytes + RESULT_BYTES));
    this.#mostReads = Math.min(MOST_READS, fitting);
  }

  /** Below 2: each for itself. */
  get maxReads(): number {
    return Math.min(this.#mostReads, Math.floor(REPLY_BYTES / this.#recentBytes));
  }

  /** A read was answered with so many bytes, alone or among others. */
  note(bytes: number): void {
    const recent = this.#recentBytes;
    this.#recentBytes = bytes >= recent || recent === Infinity ? bytes : recent - (recent - bytes) / FORGET;
  }
}
