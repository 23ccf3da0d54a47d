import { JuteReader } from "../jute-reader.js";
import { JuteWriter } from "../jute-writer.js";
import { ProtocolError } from "../protocol-error.js";

/** State of an authentication between servers (QuorumAuth.Status). */
export const QuorumAuthStatus = Object.freeze({ IN_PROGRESS: 0, SUCCESS: 1, ERROR: -1 });

/**
 * Packet of an authentication between servers, without a frame (QuorumAuthPacket):
 *
 *     long magic (0x5f2435013501edcc), int status, buffer token
 */
export interface QuorumAuthPacket {
  /** One of {@link QuorumAuthStatus}. */
  readonly status: number;
  /** Step of the SASL mechanism. */
  readonly token: Uint8Array | null;
}

const MAGIC = 0x5f24_3501_3501_edccn;
/** First byte of a {@link QuorumAuthPacket}. Hellos, packets and frames between servers begin with other bytes. */
export const QUORUM_AUTH_MAGIC_BYTE = 0x5f;
const HEAD_BYTES = 16;
/** The longest token that a server has reason to send. */
const MAX_TOKEN_BYTES = 4096;

/** Returns the bytes of a {@link QuorumAuthPacket}. */
export function quorumAuthBytes(status: number, token: Uint8Array): Uint8Array {
  const out = new JuteWriter();
  out.writeLong(MAGIC);
  out.writeInt(status);
  out.writeBuffer(token);
  return out.take();
}

/** Reads packets of an authentication from a stream that may be cut anywhere. Keeps few bytes. */
export class QuorumAuthDecoder {
  #bytes: Uint8Array = new Uint8Array(0);

  /** Bytes that belong to no packet that was returned. */
  get rest(): Uint8Array {
    return this.#bytes;
  }

  /** Adds bytes of the stream. Copies them. */
  push(chunk: Uint8Array): void {
    const bytes = new Uint8Array(this.#bytes.length + chunk.length);
    bytes.set(this.#bytes);
    bytes.set(chunk, this.#bytes.length);
    this.#bytes = bytes;
  }

  /**
   * Returns the next packet when it is complete; undefined before.
   *
   * @throws ProtocolError for another packet, and for a token that is too long
   */
  next(): QuorumAuthPacket | undefined {
    const bytes = this.#bytes;
    if (bytes.length < HEAD_BYTES) return undefined;
    const input = new JuteReader(bytes, 0, bytes.length);
    if (input.readLong() !== MAGIC) {
      throw new ProtocolError("malformed", "another packet than one of an authentication");
    }
    const status = input.readInt();
    const length = input.readInt();
    if (length > MAX_TOKEN_BYTES) throw new ProtocolError("oversized", `a token of ${length} bytes`);
    if (length < -1) throw new ProtocolError("malformed", `a token of ${length} bytes`);
    const end = HEAD_BYTES + Math.max(length, 0);
    if (bytes.length < end) return undefined;
    this.#bytes = bytes.subarray(end);
    return { status, token: length === -1 ? null : bytes.slice(HEAD_BYTES, end) };
  }
}
