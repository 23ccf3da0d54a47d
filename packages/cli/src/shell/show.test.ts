import { Permission } from "@conclave/client";
import { expect, it } from "vitest";
import { dataForJson, parseAcl, shownAcl, shownData } from "./show.js";

it("data are shown as text with escapes, and in base64 where they are no UTF-8", () => {
  expect(shownData(Buffer.from("two\nlines \u001b[31mred\u202e"))).toBe("two\nlines \\u001b[31mred\\u202e");
  expect(shownData(Buffer.from([0xff, 0x00]))).toBe("(2 bytes that are not UTF-8, in base64) /wA=");
  expect(shownData(null)).toBe("(no data)");
});

it("data in JSON are base64, with their text if they have one", () => {
  expect(dataForJson(Buffer.from("a\u001b"))).toEqual({ data: "YRs=", text: "a\u001b" });
  expect(dataForJson(Buffer.from([0xff]))).toEqual({ data: "/w==" });
  expect(dataForJson(null)).toEqual({ data: null });
});

it("the entries of an ACL are read as they are shown", () => {
  const text = "world:anyone:cdrwa,digest:ann:aGFzaA==:r,ip:10.0.0.0/8:rw";
  const entries = parseAcl(text);
  expect(entries).toMatchObject([
    { permissions: Permission.ALL, id: { scheme: "world", id: "anyone" } },
    { permissions: Permission.READ, id: { scheme: "digest", id: "ann:aGFzaA==" } },
    { permissions: Permission.READ | Permission.WRITE, id: { scheme: "ip", id: "10.0.0.0/8" } },
  ]);
  expect(typeof entries === "string" ? entries : entries.map(shownAcl).join()).toBe(text);
});

it.each(["world:anyone", "world:anyone:x", "world:anyone:r,", ""])("the ACL %j is refused", (text) => {
  expect(parseAcl(text)).toMatch(/is no entry of an ACL: write <scheme>:<id>:<permissions>/);
});
