import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";
import { OpCode } from "../op-code.js";
import { type Empty, type Operation, readNothing, writeNothing } from "../operation.js";

/** DeleteRequest {ustring path, int version}; CheckVersionRequest has the same layout. */
export interface VersionedPath {
  readonly path: string;
  /** The version that the znode must have; -1 for any. */
  readonly version: number;
}

export function writeVersionedPath(out: JuteWriter, request: VersionedPath): void {
  out.writeString(request.path);
  out.writeInt(request.version);
}

export function readVersionedPath(input: JuteReader): VersionedPath {
  return { path: input.readString(), version: input.readInt() };
}

/** Deletes a znode if the version matches. Named `deleteNode` because `delete` is a reserved word. */
export const deleteNode: Operation<VersionedPath, Empty> = {
  name: "delete",
  type: OpCode.delete,
  writeRequest: writeVersionedPath,
  readRequest: readVersionedPath,
  writeResponse: writeNothing,
  readResponse: readNothing,
};
