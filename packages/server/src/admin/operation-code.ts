import { OpCode } from "@conclave/protocol";

/** Names of operations in `cons` (the `lastOp` of Apache's FinalRequestProcessor). */
const codes: ReadonlyMap<number, string> = new Map([
  [OpCode.createSession, "SESS"],
  [OpCode.closeSession, "CLOS"],
  [OpCode.ping, "PING"],
  [OpCode.multi, "MULT"],
  [OpCode.multiRead, "MLTR"],
  [OpCode.create, "CREA"],
  [OpCode.create2, "CREA"],
  [OpCode.createTTL, "CREA"],
  [OpCode.createContainer, "CREA"],
  [OpCode.delete, "DELE"],
  [OpCode.setData, "SETD"],
  [OpCode.reconfig, "RECO"],
  [OpCode.setACL, "SETA"],
  [OpCode.sync, "SYNC"],
  [OpCode.check, "CHEC"],
  [OpCode.exists, "EXIS"],
  [OpCode.getData, "GETD"],
  [OpCode.setWatches, "SETW"],
  [OpCode.setWatches2, "STW2"],
  [OpCode.addWatch, "ADDW"],
  [OpCode.getACL, "GETA"],
  [OpCode.getChildren, "GETC"],
  [OpCode.getChildren2, "GETC"],
  [OpCode.getAllChildrenNumber, "GETACN"],
  [OpCode.checkWatches, "CHKW"],
  [OpCode.removeWatches, "REMW"],
  [OpCode.getEphemerals, "GETE"],
  [OpCode.whoAmI, "HOMI"],
]);

/** Returns the name of a connection's last operation; "NA" before the first, and for unknown operations. */
export function operationCode(type: number): string {
  return codes.get(type) ?? "NA";
}
