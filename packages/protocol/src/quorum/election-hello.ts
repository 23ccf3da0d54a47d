import { GatheredBytes } from "../gathered-bytes.js";
import { decodeJavaUtf8 } from "../java-utf8.js";
import { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";
import { ProtocolError } from "../protocol-error.js";
import { type ElectionAddress, formatElectionAddresses, parseElectionAddresses } from "./election-address.js";

/** Forms of the first message on an election connection (server.quorum.QuorumCnxManager). */
export const HelloVersion = {
  /** Servers before 3.5: the id alone. */
  BARE_ID: 0,
  /** Since 3.5: one address. */
  V1: 1,
  /** Since 3.6, with multiAddress.enabled: several addresses. Servers before 3.6 refuse it. */
  V2: 2,
} as const;
export type HelloVersion = (typeof HelloVersion)[keyof typeof HelloVersion];

/**
 * First message on an election connection, from the server that dialed it. Frames follow, in both directions.
 *
 *     bare id   long serverId
 *     V1, V2    long protocolVersion (-65536, -65535), long serverId, int length (1 to 2048), addresses in UTF-8
 */
export interface ElectionHello {
  readonly version: HelloVersion;
  /** Id of the sender; {@link OBSERVER_WITHOUT_ID} for an observer that has none. */
  readonly serverId: bigint;
  /** Addresses of the sender's election port, to dial back; none in a bare id. Wildcard addresses are left out on reading. */
  readonly addresses: readonly ElectionAddress[];
}

/** Server id in the hello of an observer that has none (QuorumPeer.OBSERVER_ID). */
export const OBSERVER_WITHOUT_ID: bigint = 2n ** 63n - 1n;

const PROTOCOL_V1 = -65_536n;
const PROTOCOL_V2 = -65_535n;
const MAX_ADDRESSES_BYTES = 2048;
const LONG_BYTES = 8;
/** Bytes of V1 and V2 before the addresses. */
const HEAD_BYTES = 20;

/** Writes a hello. @throws RangeError for a negative id, and for addresses that no server accepts: none, or over 2048 bytes. */
export function writeElectionHello(out: JuteWriter, { version, serverId, addresses }: ElectionHello): void {
  if (serverId < 0n) throw new RangeError(`server id ${serverId} is negative`);
  if (version === HelloVersion.BARE_ID) {
    out.writeLong(serverId);
    return;
  }
  const text = new TextEncoder().encode(formatElectionAddresses(addresses));
  if (text.length === 0 || text.length > MAX_ADDRESSES_BYTES) {
    throw new RangeError(`election addresses of ${text.length} bytes, where 1 to ${MAX_ADDRESSES_BYTES} are allowed`);
  }
  out.writeLong(version === HelloVersion.V1 ? PROTOCOL_V1 : PROTOCOL_V2);
  out.writeLong(serverId);
  out.writeBuffer(text);
}

/** A hello and the bytes received after it. */
export interface ReceivedHello {
  readonly hello: ElectionHello;
  /** View of the rest of the last chunk: the beginning of the first frame. */
  readonly rest: Uint8Array;
}

/** Reads the hello of an accepted election connection. Chunks may be cut anywhere. Use one decoder for each connection. */
export class ElectionHelloDecoder {
  readonly #bytes = new GatheredBytes();
  /** Bytes of the hello as far as the received ones show it. */
  #needed = LONG_BYTES;

  /**
   * Takes the next bytes of the stream. Returns the hello when it is complete, and the bytes after it; the decoder must not be
   * used afterwards. Keeps at most 2068 bytes.
   *
   * @throws ProtocolError for an unknown protocol version, a negative server id, a length out of range, and addresses in another
   * form. The connection must be closed then.
   */
  push(chunk: Uint8Array): ReceivedHello | undefined {
    let at = 0;
    while (this.#bytes.length < this.#needed) {
      if (at === chunk.length) return undefined;
      const end = Math.min(at + this.#needed - this.#bytes.length, chunk.length);
      this.#bytes.add(chunk, at, end);
      at = end;
      if (this.#bytes.length === this.#needed) this.#needed = helloLength(this.#reader());
    }
    return { hello: readElectionHello(this.#reader()), rest: chunk.subarray(at) };
  }

  #reader(): JuteReader {
    return new JuteReader(this.#bytes.buffer, 0, this.#bytes.length);
  }
}

/** Returns the length of the hello that begins with the input: 8 bytes, 20, or all. With the first two it may only be the least. */
function helloLength(input: JuteReader): number {
  if (isBareId(input.fork().readLong())) return LONG_BYTES;
  return input.remaining < HEAD_BYTES ? HEAD_BYTES : HEAD_BYTES + readHead(input).addressesBytes;
}

function readElectionHello(input: JuteReader): ElectionHello {
  const first = input.fork().readLong();
  if (isBareId(first)) return { version: HelloVersion.BARE_ID, serverId: first, addresses: [] };
  const { version, serverId } = readHead(input);
  const text = input.readRest();
  return { version, serverId, addresses: parseElectionAddresses(decodeJavaUtf8(text, 0, text.length)) };
}

/** Returns true for a server id, false for a protocol version. */
function isBareId(first: bigint): boolean {
  if (first < 0n && first !== PROTOCOL_V1 && first !== PROTOCOL_V2) {
    throw new ProtocolError("malformed", `election protocol version ${first}`);
  }
  return first >= 0n;
}

function readHead(input: JuteReader): { version: HelloVersion; serverId: bigint; addressesBytes: number } {
  const version = input.readLong() === PROTOCOL_V1 ? HelloVersion.V1 : HelloVersion.V2;
  const serverId = input.readLong();
  if (serverId < 0n) throw new ProtocolError("malformed", `a hello with server id ${serverId}`);
  const addressesBytes = input.readInt();
  if (addressesBytes <= 0) throw new ProtocolError("malformed", `a hello with ${addressesBytes} bytes of addresses`);
  if (addressesBytes > MAX_ADDRESSES_BYTES) {
    const limit = `where ${MAX_ADDRESSES_BYTES} are allowed`;
    throw new ProtocolError("oversized", `a hello with ${addressesBytes} bytes of addresses, ${limit}`);
  }
  return { version, serverId, addressesBytes };
}
