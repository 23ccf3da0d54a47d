import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";

/** One identity of a connection (org.apache.zookeeper.data.ClientInfo). */
export interface ClientInfo {
  readonly authScheme: string;
  /** The user without any secret: the name before a digest's colon, an address for `ip`. Empty if unknown. */
  readonly user: string;
}

/** Bytes of the smallest entry: ustring authScheme, ustring user. */
const MIN_CLIENT_INFO_BYTES = 8;

function writeClientInfo(out: JuteWriter, info: ClientInfo): void {
  out.writeString(info.authScheme);
  out.writeString(info.user);
}

function readClientInfo(input: JuteReader): ClientInfo {
  return { authScheme: input.readString(), user: input.readString() };
}

/** vector&lt;ClientInfo {ustring authScheme, ustring user}&gt; */
export function writeClientInfos(out: JuteWriter, infos: readonly ClientInfo[]): void {
  out.writeVector(infos, writeClientInfo);
}

/** @throws ProtocolError where the bytes end too early or cannot hold so many entries. */
export function readClientInfos(input: JuteReader): ClientInfo[] {
  return input.readVector(MIN_CLIENT_INFO_BYTES, readClientInfo);
}
