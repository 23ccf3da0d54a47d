const INITIAL_BYTES = 512;

/** From here on {@link JuteWriter.take} hands its buffer over: a copy costs more than a new one, and one burst does not stay. */
const HANDOVER_BYTES = 64 * 1024;

/** A loop copies up to so many bytes faster than a view of them is made. */
const SHORT = 48;

const NO_FRAME = -1;

/**
 * Writes jute values (see jute-reader.ts for the format) into one growing buffer. Whole frames are written between
 * {@link beginFrame} and {@link endFrame}, many of them before one {@link take}: that is how the requests or replies
 * of one tick leave in one write.
 */
export class JuteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;
  #frameStart = NO_FRAME;

  constructor(initialBytes: number = INITIAL_BYTES) {
    this.#bytes = new Uint8Array(initialBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** How many bytes were written since the last {@link take}. */
  get length(): number {
    return this.#length;
  }

  /** What was written, for the caller to keep; the writer is empty afterwards. Not for the middle of a frame. */
  take(): Uint8Array {
    this.#forbidFrame("take");
    const length = this.#length;
    this.#length = 0;
    if (length < HANDOVER_BYTES) return this.#bytes.slice(0, length);
    const written = this.#bytes.subarray(0, length);
    this.#use(new Uint8Array(INITIAL_BYTES));
    return written;
  }

  /** What was written, without a copy: valid until the next write, {@link take} or {@link clear}. */
  peek(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** The buffer itself, whose first {@link length} bytes were written: to look at or mend, until the next write. */
  get buffer(): Uint8Array {
    return this.#bytes;
  }

  /** Throws away what was written, a frame that was begun too. The buffer stays for the next. */
  clear(): void {
    this.#length = 0;
    this.#frameStart = NO_FRAME;
  }

  /** Starts a frame: an int length, filled in by {@link endFrame}, then its bytes. */
  beginFrame(): void {
    this.#forbidFrame("beginFrame");
    this.#frameStart = this.#reserve(4);
  }

  /** Ends the frame and returns its length without the length field. */
  endFrame(): number {
    const start = this.#begunFrame("endFrame");
    const length = this.#length - start - 4;
    this.#view.setInt32(start, length);
    this.#frameStart = NO_FRAME;
    return length;
  }

  /** Throws away the frame that was begun; what was written before it stays. */
  cancelFrame(): void {
    this.#length = this.#begunFrame("cancelFrame");
    this.#frameStart = NO_FRAME;
  }

  writeBool(value: boolean): void {
    const at = this.#reserve(1);
    this.#bytes[at] = value ? 1 : 0;
  }

  writeByte(value: number): void {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
  }

  writeInt(value: number): void {
    const at = this.#reserve(4);
    this.#view.setInt32(at, value);
  }

  writeLong(value: bigint): void {
    const at = this.#reserve(8);
    this.#view.setBigInt64(at, value);
  }

  /** A 64-bit integer in two halves: the same bytes as {@link writeLong}, without a bigint. */
  writeLongHalves(high: number, low: number): void {
    const at = this.#reserve(8);
    this.#view.setInt32(at, high);
    this.#view.setInt32(at + 4, low);
  }

  /** A time in milliseconds since 1970 as a 64-bit integer. */
  writeMillis(value: number): void {
    this.writeLongHalves(Math.floor(value / 0x1_0000_0000), value | 0);
  }

  writeBuffer(value: Uint8Array | null): void {
    if (value === null) {
      this.writeInt(-1);
      return;
    }
    this.writeInt(value.length);
    const at = this.#reserve(value.length);
    this.#bytes.set(value, at);
  }

  /** A buffer, or a string as its bytes are already: `bytes[start..start + length)`, without a view of them. */
  writeSlice(bytes: Uint8Array, start: number, length: number): void {
    const lengthAt = this.#reserve(4 + length);
    this.#view.setInt32(lengthAt, length);
    const into = this.#bytes;
    const offset = lengthAt + 4 - start;
    const end = start + length;
    if (length > SHORT) into.set(bytes.subarray(start, end), offset + start);
    else for (let at = start; at < end; at++) into[offset + at] = bytes[at]!;
  }

  /** Bytes as they are, without a length. */
  writeRaw(value: Uint8Array): void {
    const at = this.#reserve(value.length);
    this.#bytes.set(value, at);
  }

  /**
   * A string as Java writes it: each UTF-16 unit on its own, so that a surrogate pair becomes two sequences of three
   * bytes (BinaryOutputArchive.stringToByteBuffer).
   */
  writeString(value: string | null): void {
    if (value === null) {
      this.writeInt(-1);
      return;
    }
    const lengthAt = this.#reserve(4);
    const start = this.#reserve(value.length * 3);
    const bytes = this.#bytes;
    let at = start;
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i);
      if (unit < 0x80) {
        bytes[at++] = unit;
      } else if (unit < 0x800) {
        bytes[at++] = 0xc0 | (unit >> 6);
        bytes[at++] = 0x80 | (unit & 0x3f);
      } else {
        bytes[at++] = 0xe0 | (unit >> 12);
        bytes[at++] = 0x80 | ((unit >> 6) & 0x3f);
        bytes[at++] = 0x80 | (unit & 0x3f);
      }
    }
    this.#view.setInt32(lengthAt, at - start);
    this.#length = at;
  }

  writeVector<T>(items: readonly T[], writeItem: (out: JuteWriter, item: T) => void): void {
    this.writeInt(items.length);
    for (const item of items) writeItem(this, item);
  }

  #forbidFrame(method: string): void {
    if (this.#frameStart !== NO_FRAME) throw new Error(`${method} in the middle of a frame`);
  }

  #begunFrame(method: string): number {
    if (this.#frameStart === NO_FRAME) throw new Error(`${method} where no frame was begun`);
    return this.#frameStart;
  }

  /** Makes room and returns where it starts. It may replace the buffer, so call it before naming the buffer. */
  #reserve(length: number): number {
    const at = this.#length;
    const needed = at + length;
    if (needed > this.#bytes.length) this.#grow(needed);
    this.#length = needed;
    return at;
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#use(grown);
  }

  #use(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
