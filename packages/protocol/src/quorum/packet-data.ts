import { JuteReader } from "../jute-reader.js";
import { JuteWriter } from "../jute-writer.js";
import { ProtocolError } from "../protocol-error.js";

/** Data of one kind of {@link QuorumPacket}: reads and writes them, for leader and learner alike. */
export interface PacketData<T> {
  /** Returns the data in bytes of their own. */
  encode(value: T): Uint8Array;
  /**
   * Reads the data of a packet. Bytes after the known fields are ignored, as in Java. The result may hold views of the input.
   * @throws ProtocolError where the data are null, end too early or are invalid.
   */
  decode(data: Uint8Array | null): T;
}

/** Returns the codec of data that are never null; `bytes` is their usual length. */
export function packetData<T>(
  name: string,
  bytes: number,
  write: (out: JuteWriter, value: T) => void,
  read: (input: JuteReader) => T,
): PacketData<T> {
  const out = new JuteWriter(bytes);
  return {
    encode(value) {
      out.clear();
      write(out, value);
      return out.take();
    },
    decode(data) {
      if (data === null) throw new ProtocolError("malformed", `${name} without data`);
      return read(new JuteReader(data));
    },
  };
}
