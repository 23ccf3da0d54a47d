import { expect, it } from "vitest";
import { readMessage, writeMessage } from "./message-line.ts";

it("readMessage decodes the output of writeMessage, including values with an equals sign", () => {
  const line = writeMessage("hand-over", { path: "/a=b", sessions: 10, empty: "" });
  expect(line).toBe("hand-over path=/a=b sessions=10 empty=");
  expect(readMessage(`${line}\n`)).toEqual({ name: "hand-over", fields: { path: "/a=b", sessions: "10", empty: "" } });
  expect(readMessage("done")).toEqual({ name: "done", fields: {} });
});
