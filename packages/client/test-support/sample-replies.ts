import { create, type JuteWriter, type Stat } from "@conclave/protocol";

/** An arbitrary Stat. */
export const stat: Stat = {
  czxid: 1n,
  mzxid: 1n,
  ctime: 0,
  mtime: 0,
  version: 0,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: 0n,
  dataLength: 0,
  numChildren: 0,
  pzxid: 1n,
};

/** Returns the reply to a `create`. */
export function createReply(path: string): { readonly write: (out: JuteWriter) => void } {
  return { write: (out) => create.writeResponse(out, { path }) };
}
