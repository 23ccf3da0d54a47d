import type { JuteReader } from "./jute-reader.js";
import type { JuteWriter } from "./jute-writer.js";

/**
 * One operation of the protocol: reads and writes the bodies of its request and its reply, for client and server alike.
 * Results of a `read…` method may hold views of the input, valid as long as the input. `Reply` is the type that a server
 * writes, if it differs from the `Response` that a client reads; `Received` the type that a server reads, if it differs from
 * the `Request` that our client writes.
 */
export interface Operation<Request, Response, Reply = Response, Received = Request> {
  readonly name: string;
  readonly type: number;
  writeRequest(out: JuteWriter, request: Request): void;
  readRequest(input: JuteReader): Received;
  writeResponse(out: JuteWriter, response: Reply): void;
  readResponse(input: JuteReader): Response;
}

/** The body of a request or a reply without one. */
export type Empty = undefined;

export const writeNothing = (): void => {};
export const readNothing = (): Empty => undefined;
