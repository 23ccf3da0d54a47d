import { type PacketData, packetData } from "./packet-data.js";

/** Data of COMMITANDACTIVATE: long, the id of the server that shall lead the new configuration. */
export const commitAndActivate: PacketData<bigint> = packetData(
  "a COMMITANDACTIVATE packet",
  8,
  (out, designatedLeader) => out.writeLong(designatedLeader),
  (input) => input.readLong(),
);

/** Data of INFORMANDACTIVATE: a reconfig that is proposed and committed at once. */
export interface InformAndActivate {
  /** Id of the server that shall lead the new configuration. */
  readonly designatedLeader: bigint;
  /** The transaction as in a log: header, body, and digest if it has one. */
  readonly transaction: Uint8Array;
}

/** Data of INFORMANDACTIVATE: long, then the transaction, which is read as a view. */
export const informAndActivate: PacketData<InformAndActivate> = packetData(
  "an INFORMANDACTIVATE packet",
  512,
  (out, { designatedLeader, transaction }) => {
    out.writeLong(designatedLeader);
    out.writeRaw(transaction);
  },
  (input) => ({ designatedLeader: input.readLong(), transaction: input.readRest() }),
);
