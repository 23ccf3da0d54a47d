import type { JuteReader } from "../jute-reader.js";
import type { JuteWriter } from "../jute-writer.js";

/*
 * Bodies of multi and multiRead, requests and replies: items, each after a MultiHeader {int type, bool done, int err}, then
 * the header {-1, true, -1}. An error result repeats its code after the header: ErrorResponse {int err}.
 */

/** Writes the header before an item. `err` is -1 before an operation; before a result it is the error, 0 if there is none. */
export function writeMultiHeader(out: JuteWriter, type: number, err: number): void {
  write(out, type, false, err);
}

/** Writes the items, each with its header by `writeItem`, and their end. */
export function writeMultiItems<T>(
  out: JuteWriter,
  items: readonly T[],
  writeItem: (out: JuteWriter, item: T) => void,
): void {
  for (const item of items) writeItem(out, item);
  writeMultiEnd(out);
}

/** Writes the header that ends the items. */
export function writeMultiEnd(out: JuteWriter): void {
  write(out, -1, true, -1);
}

/** Reads the items up to their end. `readItem` gets the input after the header, and the type in the header. */
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

/** Reads the header before an item and returns its type; `undefined` at the end. */
export function readMultiHeader(input: JuteReader): number | undefined {
  const type = input.readInt();
  const done = input.readBool();
  input.readInt();
  return done ? undefined : type;
}
