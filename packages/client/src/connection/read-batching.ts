/** Limit of reads in one request: it bounds the longest possible reply. */
const MOST_READS = 64;
/**
 * About the size of one read of a socket. A longer reply is collected first, so its first results would wait for its
 * last.
 */
const REPLY_BYTES = 64 * 1024;
/** Longest reply to a batch of znodes of at most `maxRequestBytes`. Conclave's server does not send a longer one either. */
const WORST_REPLY_BYTES = 65 * 1024 * 1024;
const INT_MAX = 0x7fff_ffff;
const MULTI_HEADER_BYTES = 9;
const REPLY_HEADER_BYTES = 16;
/** Bytes around the data of a znode in a reply: a MultiHeader, the length, a Stat. */
const RESULT_BYTES = MULTI_HEADER_BYTES + 4 + 68;
/** Bytes around the results: the reply's header, and the closing MultiHeader. */
const FRAME_BYTES = REPLY_HEADER_BYTES + MULTI_HEADER_BYTES;
/** Decay of the estimate after a large reply: each small reply reduces the difference by this fraction. */
const DECAY = 16;

/** Functions of the connection for a client that joins reads only if the server knows such requests (`"auto"`). */
export interface ServerSupport {
  /** Asks the server for its version. */
  readonly ask: () => void;
  /** Called when the server refuses a batch. */
  readonly refused: () => void;
}

/**
 * Decides if, and how many, reads are sent as one request. The reply holds all of their results, and must not fail a read
 * that would have succeeded alone:
 *
 * - A batch holds as many reads as fit into 64 KiB at the size of the largest recent reply, and one before the first
 *   reply on a connection. So large znodes are read one by one.
 * - Large znodes may follow small ones. So a batch also holds no more reads than fit into 65 MiB if every znode has the
 *   largest size that a server accepts (`maxRequestBytes`). A server may accept larger ones: so a reply is accepted up to
 *   {@link longestReplyBytes}, in which every result may be as long as a reply to a single read (`maxReplyBytes`).
 */
export class ReadBatching {
  /** Longest request, in bytes. */
  readonly maxRequestBytes: number;
  /** Longest reply to a single read, in bytes. */
  readonly maxReplyBytes: number;
  /** Longest reply to a batch, in bytes. */
  readonly longestReplyBytes: number;
  readonly #mostReads: number;
  readonly #support: ServerSupport | undefined;
  #state: "undecided" | "asked" | "on";
  #recentBytes = Infinity;

  /** Without `support`, reads are joined from the start. */
  constructor(
    { maxRequestBytes, maxReplyBytes }: { readonly maxRequestBytes: number; readonly maxReplyBytes: number },
    support?: ServerSupport,
  ) {
    this.maxRequestBytes = maxRequestBytes;
    this.maxReplyBytes = maxReplyBytes;
    const fitting = Math.floor((WORST_REPLY_BYTES - FRAME_BYTES) / (maxRequestBytes + RESULT_BYTES));
    this.#mostReads = Math.min(MOST_READS, fitting);
    const asSingleReads = this.#mostReads * (maxReplyBytes + MULTI_HEADER_BYTES) + FRAME_BYTES;
    this.longestReplyBytes = Math.min(INT_MAX, Math.max(WORST_REPLY_BYTES, maxReplyBytes, asSingleReads));
    this.#support = support;
    this.#state = support === undefined ? "on" : "undecided";
  }

  /** True if reads are joined. */
  get isOn(): boolean {
    return this.#state === "on";
  }

  /** True until {@link ask}, if the server must be asked first. */
  get isUndecided(): boolean {
    return this.#state === "undecided";
  }

  /** Asks the server if it knows joined reads. Called when there are reads to join. */
  ask(): void {
    this.#state = "asked";
    this.#support?.ask();
  }

  /** Joins reads from now on: the server knows them. */
  turnOn(): void {
    this.#state = "on";
  }

  /**
   * Called when the server does not know joined reads. Returns true if that ends the connection: then the reads fail with
   * it, as they would without joining.
   */
  refused(): boolean {
    this.#support?.refused();
    return this.#support !== undefined;
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
