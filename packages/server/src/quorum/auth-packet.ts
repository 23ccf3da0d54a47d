import { JuteReader, JuteWriter, ProtocolError } from "@conclave/protocol";

/** State of an authentication between servers (QuorumAuth.Status). */
export const AuthStatus = { IN_PROGRESS: 0, SUCCESS: 1, ERROR: -1 } as const;

/**
 * Packet of an authentication between servers, without a frame (QuorumAuthPacket):
 *
 *     long magic (0x5f2435013501edcc), int status, buffer token
 */
export interface AuthPacket {
  readonly status: number;
  readonly token: Uint8Array | null;
}

const MAGIC = 0x5f24_3501_3501_edccn;
/** First byte of the magic number. Hellos, packets and frames between servers begin with other bytes. */
export const MAGIC_BYTE = 0x5f;
const HEAD_BYTES = 16;
/** The longest token that a server has reason to send. */
const MAX_TOKEN_BYTES = 4096;

export function authPacketBytes(status: number, token: Uint8Array): Uint8Array {
  const out = new JuteWriter();
  out.writeLong(MAGIC);
  out.writeInt(status);
  out.writeBuffer(token);
  return out.take();
}

/** Reads packets from a stream that may be cut anywhere. Keeps few bytes. */
export class AuthPacketDecoder {
  #bytes: Uint8Array = new Uint8Array(0);

  /** Bytes that belong to no packet that was returned. */
  get rest(): Uint8Array {
    return this.#bytes;
  }

  push(chunk: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
  }

  /** Returns the next packet when it is complete. @throws ProtocolError for another one, and for a token that is too long. */
  next(): AuthPacket | undefined {
    const bytes = this.#bytes;
    if (bytes.length < HEAD_BYTES) return undefined;
    const input = new JuteReader(bytes, 0, bytes.length);
    const magic = input.readLong();
    if (magic !== MAGIC) throw new ProtocolError("malformed", "another packet than one of an authentication");
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
