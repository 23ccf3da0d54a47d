import { type JuteWriter, writeReplyHeader } from "@conclave/protocol";

/** Writes a reply without a body: an error, or a success without a result. */
export function writeEmptyReply(out: JuteWriter, xid: number, zxid: bigint, err: number): void {
  out.beginFrame();
  writeReplyHeader(out, xid, zxid, err);
  out.endFrame();
}
