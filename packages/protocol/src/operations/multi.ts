import { hasTtl } from "../create-mode.js";
import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";
import { OpCode } from "../op-code.js";
import type { Operation } from "../operation.js";
import { ProtocolError } from "../protocol-error.js";
import { readMultiItems, writeMultiHeader, writeMultiItems } from "../records/multi-items.js";
import { readStat, type Stat, writeStat } from "../records/stat.js";
import { type CreateRequest, readCreateRequest, writeCreateRequest } from "./create.js";
import { type CreateTTLRequest, readCreateTTLRequest, writeCreateTTLRequest } from "./create-ttl.js";
import { readVersionedPath, type VersionedPath, writeVersionedPath } from "./delete.js";
import { type SetDataRequest, writeSetDataRequest } from "./set-data.js";

/** One write of a multi. `check` changes nothing: it fails the multi unless the znode has the version. */
export type MultiOperation =
  | (CreateRequest & {
      readonly type: typeof OpCode.create | typeof OpCode.create2 | typeof OpCode.createContainer;
    })
  | (CreateTTLRequest & { readonly type: typeof OpCode.createTTL })
  | (VersionedPath & { readonly type: typeof OpCode.delete | typeof OpCode.check })
  | (SetDataRequest & { readonly type: typeof OpCode.setData });

/**
 * The result of one write. If one write failed, none was applied, and every result is an `error`: 0 before the failed one,
 * -2 after it. A container and a znode with TTL are answered as `create2`; servers before 3.8.2 answer a create2 as `create`.
 */
export type MultiResult =
  | { readonly type: typeof OpCode.create; readonly path: string }
  | { readonly type: typeof OpCode.create2; readonly path: string; readonly stat: Stat }
  | { readonly type: typeof OpCode.setData; readonly stat: Stat }
  | { readonly type: typeof OpCode.delete | typeof OpCode.check }
  | { readonly type: typeof OpCode.error; readonly err: number };

function writeOperation(out: JuteWriter, operation: MultiOperation): void {
  writeMultiHeader(out, operation.type, -1);
  switch (operation.type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
      writeCreateRequest(out, operation);
      break;
    case OpCode.createTTL:
      writeCreateTTLRequest(out, operation);
      break;
    case OpCode.delete:
    case OpCode.check:
      writeVersionedPath(out, operation);
      break;
    case OpCode.setData:
      writeSetDataRequest(out, operation);
      break;
  }
}

function readOperation(input: JuteReader, type: number): MultiOperation {
  switch (type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
      return { type, ...readCreateWithoutTtl(input) };
    case OpCode.createTTL:
      return { type, ...readCreateTTLRequest(input) };
    case OpCode.delete:
    case OpCode.check:
      return { type, ...readVersionedPath(input) };
    case OpCode.setData:
      return { type, ...readSetDataWithin(input) };
    default:
      throw new ProtocolError("malformed", `an operation of type ${type} in a multi`);
  }
}

/** A mode with a TTL cannot be read where there is no TTL: within a multi, that is no failure of one write (CreateOptions). */
function readCreateWithoutTtl(input: JuteReader): CreateRequest {
  const request = readCreateRequest(input);
  if (hasTtl(request.flags)) throw new ProtocolError("malformed", `mode ${request.flags} without a TTL in a multi`);
  return request;
}

/** A null path refuses a multi as a whole; on its own it fails as a path that no znode can have. */
function readSetDataWithin(input: JuteReader): SetDataRequest {
  return { path: input.readString(), data: input.readBuffer(), version: input.readInt() };
}

function writeResult(out: JuteWriter, result: MultiResult): void {
  writeMultiHeader(out, result.type, result.type === OpCode.error ? result.err : 0);
  switch (result.type) {
    case OpCode.create:
      out.writeString(result.path);
      break;
    case OpCode.create2:
      out.writeString(result.path);
      writeStat(out, result.stat);
      break;
    case OpCode.setData:
      writeStat(out, result.stat);
      break;
    case OpCode.error:
      out.writeInt(result.err);
      break;
  }
}

function readResult(input: JuteReader, type: number): MultiResult {
  switch (type) {
    case OpCode.create:
      return { type, path: input.readString() };
    case OpCode.create2:
      return { type, path: input.readString(), stat: readStat(input) };
    case OpCode.setData:
      return { type, stat: readStat(input) };
    case OpCode.delete:
    case OpCode.check:
      return { type };
    case OpCode.error:
      return { type, err: input.readInt() };
    default:
      throw new ProtocolError("malformed", `a result of type ${type} in a multi`);
  }
}

/** Applies all of several writes, or none. */
export const multi: Operation<readonly MultiOperation[], readonly MultiResult[]> = {
  name: "multi",
  type: OpCode.multi,
  writeRequest: (out, operations) => writeMultiItems(out, operations, writeOperation),
  readRequest: (input) => readMultiItems(input, readOperation),
  writeResponse: (out, results) => writeMultiItems(out, results, writeResult),
  readResponse: (input) => readMultiItems(input, readResult),
};
