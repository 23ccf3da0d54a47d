/** Limit of reads in one request: it bounds the longest possible reply. */
const MOST_READS = 64;
/**
 * About the size of one read of a socket. A longer reply is collected first, so its first results would wait for its
 * last.
 */
const REPLY_BYTES = 64 * 1024;
/** Longest possible reply to a batch: 64 znodes of 1 MiB. Conclave's server does not send a longer one either. */
const WORST_REPLY_BYTES = 65 * 1024 * 1024;
/** Bytes around the data of a znode in a reply: a MultiHeader, the length, a Stat. */
const RESULT_BYTES = 9 + 4 + 68;
/** Bytes around the results: the reply's header, and the closing MultiHeader. */
const FRAME_BYTES = 16 + 9;
/** Decay of the estimate after a large reply: each small reply reduces the difference by this fraction. */
const DECAY = 16;

/**
 * Decides how many reads are sent as one request. The reply holds all of their results, and must not end a connection
 * that would have survived the reads one by one:
 *
 * - A batch holds as many reads as fit into 64 KiB at the size of the largest recent reply, and one before the first
 *   reply on a connection. So large znodes are read one by one.
 * - Large znodes may follow small ones. So a batch also holds no more reads than fit into {@link longestReplyBytes} if
 *   every znode has the largest size that a server accepts (`maxRequestBytes`), and a reply of that length is accepted
 *   regardless of `maxReplyBytes`.
 */
export class ReadBatching {
  /** Longest request, in bytes. */
  readonly maxRequestBytes: number;
  /** Longest reply to a batch, in bytes. */
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

  /** Returns the size of the next batch; below 2, reads are sent one by one. */
  get maxReads(): number {
    return Math.min(this.#mostReads, Math.floor(REPLY_BYTES / this.#recentBytes));
  }

  /** Notes the size of a reply to a read, sent alone or in a batch. */
  note(bytes: number): void {
    const recent = this.#recentBytes;
    this.#recentBytes = bytes >= recent || recent === Infinity ? bytes : recent - (recent - bytes) / DECAY;
  }
}
