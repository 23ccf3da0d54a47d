import { GatheredBytes } from "../gathered-bytes.js";
import { JuteReader } from "../jute-reader.js";
import { PacketScan } from "./packet-scan.js";
import { PacketType } from "./packet-type.js";
import { type QuorumPacket, readQuorumPacket } from "./quorum-packet.js";

/** Options of {@link QuorumPacketDecoder}. */
export interface QuorumPacketDecoderOptions {
  /** Largest data of a packet, in bytes. Apache's limit is jute.maxbuffer plus jute.maxbuffer.extrasize: 2 MiB by default. */
  readonly maxDataBytes: number;
  /** Largest authInfo of a packet, in bytes. @default maxDataBytes */
  readonly maxAuthInfoBytes?: number | undefined;
  /** Receives each packet, in order. Its data are a view of the chunk, or of a buffer that the decoder does not use again. */
  readonly onPacket: (packet: QuorumPacket) => void;
  /**
   * Receives the bytes after a SNAP packet, as the chunks bring them, until {@link QuorumPacketDecoder.endSnapshot}. Without it
   * nothing follows a SNAP packet: a leader, which must not receive one, sees it as a packet like any other.
   */
  readonly onSnapshotBytes?: ((bytes: Uint8Array) => void) | undefined;
}

/**
 * Cuts the stream between a leader and a learner into packets, and passes on the snapshot within it.
 *
 * Chunks may be cut anywhere. A packet that lies whole in a chunk is read in place. Only a packet that spans chunks is copied,
 * into a buffer that grows with the bytes received, never with a claimed length. A length or count that is negative (-1, null,
 * excepted) or above its limit throws {@link ProtocolError} as soon as it has arrived. The decoder must not be used after a
 * throw, as the start of the next packet is unknown. Use one decoder for each connection.
 */
export class QuorumPacketDecoder {
  readonly #onPacket: (packet: QuorumPacket) => void;
  readonly #onSnapshotBytes: ((bytes: Uint8Array) => void) | undefined;
  readonly #scan: PacketScan;
  readonly #partial = new GatheredBytes();
  readonly #reader = new JuteReader();
  #inSnapshot = false;

  constructor(options: QuorumPacketDecoderOptions) {
    const { maxDataBytes, maxAuthInfoBytes = maxDataBytes } = options;
    this.#scan = new PacketScan(maxDataBytes, maxAuthInfoBytes);
    this.#onPacket = options.onPacket;
    this.#onSnapshotBytes = options.onSnapshotBytes;
  }

  /** Bytes held of an incomplete packet. */
  get buffered(): number {
    return this.#partial.length;
  }

  /** True from a SNAP packet, before it is passed on, until {@link endSnapshot}. Always false without `onSnapshotBytes`. */
  get inSnapshot(): boolean {
    return this.#inSnapshot;
  }

  /**
   * Takes the next bytes of the stream and passes on each packet that they complete, in order, before it returns. The caller
   * may reuse the chunk afterwards, if it has copied the data and the snapshot's bytes that it keeps.
   */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#inSnapshot) {
        this.#onSnapshotBytes!(chunk.subarray(at));
        return;
      }
      at = this.#partial.length > 0 ? this.#finishPartial(chunk, at) : this.#readInPlace(chunk, at);
    }
  }

  /**
   * Ends the snapshot. `rest` are all bytes passed on that lie after its signature; they are decoded as packets before this
   * returns. It may be called from within `onSnapshotBytes`, or later. @throws Error outside of a snapshot.
   */
  endSnapshot(rest: Uint8Array): void {
    if (!this.#inSnapshot) throw new Error("endSnapshot without a snapshot");
    this.#inSnapshot = false;
    this.push(rest);
  }

  /** Reads the packet at `at`, or keeps its part; returns the index of the first unused byte. */
  #readInPlace(chunk: Uint8Array, at: number): number {
    if (this.#scan.advance(chunk, at, chunk.length - at)) {
      const end = at + this.#scan.needed;
      this.#pass(chunk, at, end);
      return end;
    }
    this.#partial.add(chunk, at, chunk.length);
    return chunk.length;
  }

  /** Completes the incomplete packet from the chunk, as far as possible; returns the index of the first unused byte. */
  #finishPartial(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length) {
      const end = Math.min(at + this.#scan.needed - this.#partial.length, chunk.length);
      this.#partial.add(chunk, at, end);
      at = end;
      if (this.#scan.advance(this.#partial.buffer, 0, this.#partial.length)) {
        this.#pass(this.#partial.take(), 0, this.#scan.needed);
        break;
      }
    }
    return at;
  }

  #pass(bytes: Uint8Array, start: number, end: number): void {
    this.#scan.reset();
    const packet = readQuorumPacket(this.#reader.reset(bytes, start, end));
    this.#inSnapshot = packet.type === PacketType.SNAP && this.#onSnapshotBytes !== undefined;
    this.#onPacket(packet);
  }
}
