import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";

/*
 * The bodies of multi and multiRead, both ways, are items, each behind a MultiHeader {int type, bool done, int err}, ended
 * by {-1, true, -1}. An error result repeats its code behind the header: ErrorResponse {int err}.
 */

/** The header before an item. `err` is -1 before an operation; before a result it is the error, 0 if there is none. */
export function writeMultiHeader(out: JuteWriter, type: number, err: number): void {
  write(out, type, false, err);
}

/** The items, each of which `writeItem` writes with its header, and their end. */
export function writeMultiItems<T>(
  out: JuteWriter,
  items: readonly T[],
  writeItem: (out: JuteWriter, item: T) => void,
): void {
  for (const item of items) writeItem(out, item);
  writeMultiEnd(out);
}

/** What stands behind the last item. */
export function writeMultiEnd(out: JuteWriter): void {
  write(out, -1, true, -1);
}

/** The items up to their end; `readItem` is given what follows the header, and the type that stands in it. */
export function readMultiItems<T>(input: JuteReader, readItem: (input: JuteReader, type: number) => T): T[] {
  const items: T[] = [];
  for (let type = readMultiHeader(input); type !== undefined; type = readMultiHeader(input)) {
    items.push(readItem(input, type));
  }
  return items;
}

function write(out: JuteWriter, type: number, done: boolean, err: number): void {
  out.writeInt(type);
  out.writeBool(done);
  out.writeInt(err);
}

/** The header before an item: the type of what follows; `undefined` at the end. */
export function readMultiHeader(input: JuteReader): number | undefined {
  const type = input.readInt();
  const done = input.readBool();
  input.readInt();
  return done ? undefined : type;
}
