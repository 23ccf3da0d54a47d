import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";
import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";
import { readLookupPath } from "../records/lookup-path.js";
import { readStatResponse, type StatResponse, writeStatResponse } from "./exists.js";

/** SetDataRequest {ustring path, buffer data, int version} */
export interface SetDataRequest {
  readonly path: string;
  readonly data: Uint8Array | null;
  /** The version that the znode must have; -1 for any. */
  readonly version: number;
}

export function writeSetDataRequest(out: JuteWriter, request: SetDataRequest): void {
  out.writeString(request.path);
  out.writeBuffer(request.data);
  out.writeInt(request.version);
}

export function readSetDataRequest(input: JuteReader): SetDataRequest {
  return { path: readLookupPath(input), data: input.readBuffer(), version: input.readInt() };
}

/** Replaces a znode's data if the version matches; the reply holds the new Stat. */
export const setData: Operation<SetDataRequest, StatResponse> = {
  name: "setData",
  type: OpCode.setData,
  writeRequest: writeSetDataRequest,
  readRequest: readSetDataRequest,
  writeResponse: writeStatResponse,
  readResponse: readStatResponse,
};
