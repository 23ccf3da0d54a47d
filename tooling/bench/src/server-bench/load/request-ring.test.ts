import { create, FrameDecoder, getData, JuteReader, OpCode, readRequestHeader } from "@conclave/protocol";
import { expect, it } from "vitest";
import { createFrame, getFrame, VALUE_BYTES } from "./request-frames.ts";
import { numberedPath, RequestRing } from "./request-ring.ts";

/** What a server reads of the pieces, one string per request, at the time when each piece is handed over. */
function reading(): { readonly texts: string[]; send(bytes: Uint8Array): void } {
  const texts: string[] = [];
  const decoder = new FrameDecoder({ maxFrameBytes: 1000 });
  const send = (bytes: Uint8Array): void =>
    decoder.push(bytes, (frame, start, end) => {
      const input = new JuteReader(frame, start, end);
      const { xid, type } = readRequestHeader(input);
      const operation = type === OpCode.create ? create : getData;
      const body = operation.readRequest(input);
      const bytesOfData = "data" in body ? ` ${body.data?.length}` : "";
      texts.push(`${xid} ${operation.name} ${body.path}${bytesOfData}, ${input.remaining} left`);
    });
  return { texts, send };
}

it("a ring gives each request the next xid, across its end", () => {
  const { texts, send } = reading();
  const ring = new RequestRing(getFrame("/a"), 3);
  ring.take(2, 0, send);
  ring.take(3, 0, send);
  expect(texts).toEqual([1, 2, 3, 4, 5].map((xid) => `${xid} getData /a, 0 left`));
});

it("a ring numbers paths from the given number", () => {
  const { texts, send } = reading();
  const path = numberedPath("/b/n");
  const ring = new RequestRing(createFrame(path), 2, path);
  ring.take(1, 7, send);
  ring.take(2, 12_345_678, send);
  const expected = ["1 create /b/n00000007", "2 create /b/n12345678", "3 create /b/n12345679"];
  expect(texts).toEqual(expected.map((text) => `${text} ${VALUE_BYTES}, 0 left`));
});
