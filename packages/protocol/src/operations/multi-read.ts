import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";
import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";
import { ProtocolError } from "../protocol-error.js";
import { readMultiItems, writeMultiHeader, writeMultiItems } from "../records/multi-items.js";
import { readWatchedPath, writeWatchedPath } from "./exists.js";
import { type GetChildrenReply, type GetChildrenResponse, getChildren } from "./get-children.js";
import { type GetDataResponse, getData } from "./get-data.js";

/** One read of a multiRead. It adds no watch: the flag on the wire is false, and servers ignore it. */
export interface MultiReadOperation {
  readonly type: typeof OpCode.getData | typeof OpCode.getChildren;
  readonly path: string;
}

/** The result of one read, independent of the others. */
export type MultiReadResult =
  | (GetDataResponse & { readonly type: typeof OpCode.getData })
  | (GetChildrenResponse & { readonly type: typeof OpCode.getChildren })
  | { readonly type: typeof OpCode.error; readonly err: number };

/** A {@link MultiReadResult} as a server writes it. */
export type MultiReadReply =
  | Exclude<MultiReadResult, { readonly type: typeof OpCode.getChildren }>
  | (GetChildrenReply & { readonly type: typeof OpCode.getChildren });

function writeOperation(out: JuteWriter, { type, path }: MultiReadOperation): void {
  writeMultiHeader(out, type, -1);
  writeWatchedPath(out, { path, watch: false });
}

function readOperation(input: JuteReader, type: number): MultiReadOperation {
  if (type !== OpCode.getData && type !== OpCode.getChildren) {
    throw new ProtocolError("malformed", `an operation of type ${type} in a multiRead`);
  }
  return { type, path: readWatchedPath(input).path };
}

function writeResult(out: JuteWriter, result: MultiReadReply): void {
  writeMultiHeader(out, result.type, result.type === OpCode.error ? result.err : 0);
  switch (result.type) {
    case OpCode.getData:
      getData.writeResponse(out, result);
      break;
    case OpCode.getChildren:
      getChildren.writeResponse(out, result);
      break;
    case OpCode.error:
      out.writeInt(result.err);
      break;
  }
}

function readResult(input: JuteReader, type: number): MultiReadResult {
  switch (type) {
    case OpCode.getData:
      return { type, ...getData.readResponse(input) };
    case OpCode.getChildren:
      return { type, ...getChildren.readResponse(input) };
    case OpCode.error:
      return { type, err: input.readInt() };
    default:
      throw new ProtocolError("malformed", `a result of type ${type} in a multiRead`);
  }
}

/** Does several reads in one request; each succeeds or fails by itself. */
export const multiRead: Operation<
  readonly MultiReadOperation[],
  readonly MultiReadResult[],
  readonly MultiReadReply[]
> = {
  name: "multiRead",
  type: OpCode.multiRead,
  writeRequest: (out, operations) => writeMultiItems(out, operations, writeOperation),
  readRequest: (input) => readMultiItems(input, readOperation),
  writeResponse: (out, results) => writeMultiItems(out, results, writeResult),
  readResponse: (input) => readMultiItems(input, readResult),
};
