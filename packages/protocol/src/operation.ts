import type { JuteReader } from "./jute-reader.js";
import type { JuteWriter } from "./jute-writer.js";

/**
 * One operation of the protocol: the bodies of its request and of its reply, for client and server alike. Views of
 * the input that a `read…` hands out are valid for as long as the input is. A `Reply` is what a server may give for a
 * `Response`, where it has it in another form; a `Received` is a `Request` as any client may write it.
 */
export interface Operation<Request, Response, Reply = Response, Received = Request> {
  readonly name: string;
  readonly type: number;
  writeRequest(out: JuteWriter, request: Request): void;
  readRequest(input: JuteReader): Received;
  writeResponse(out: JuteWriter, response: Reply): void;
  readResponse(input: JuteReader): Response;
}

/** The body of an operation that carries nothing in that direction. */
export type Empty = undefined;

export const writeNothing = (): void => {};
export const readNothing = (): Empty => undefined;
