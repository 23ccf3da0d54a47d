import { describe, expect, it } from "vitest";
import { memberRecordCodec, memberUrl } from "./member-record.js";

const decode = (text: string | null) => memberRecordCodec.decode(text === null ? null : Buffer.from(text));

describe("the record of a member", () => {
  it("is decoded as it was encoded, with tokens beyond 2^53 exact", () => {
    const record = {
      url: "http://127.0.0.1:3000",
      status: "up",
      leads: "9223372036854775807",
      metadata: { pid: "7" },
    } as const;
    expect(decode(String(memberRecordCodec.encode(record)))).toEqual(record);
  });

  it("may omit the token and the metadata", () => {
    expect(decode('{"url":"https://a.example/app/","status":"draining"}')).toEqual({
      url: "https://a.example/app",
      status: "draining",
      leads: undefined,
      metadata: {},
    });
  });

  it.each([
    [null, "the record of a member must be a JSON object"],
    ["[]", "the record of a member must be a JSON object"],
    ["{", "JSON"],
    ['{"url":"http://a","status":"well"}', "status"],
    ['{"url":"http://a","status":"up","leads":5}', "token"],
    ['{"url":"http://a","status":"up","leads":"-5"}', "token"],
    ['{"url":"http://a","status":"up","metadata":{"a":1}}', "metadata"],
    ['{"url":"javascript:alert(1)","status":"up"}', "cannot be the URL"],
    ['{"url":"/here","status":"up"}', "cannot be the URL"],
    ['{"status":"up"}', "cannot be the URL"],
  ])("is rejected when it is %j", (text, message) => {
    expect(() => decode(text)).toThrow(message);
  });

  it.each(["http://user@a.example", "http://a.example/?x", "http://a.example/#x", "ftp://a.example"])(
    "cannot have the URL %s",
    (url) => {
      expect(() => memberUrl(url)).toThrow(TypeError);
    },
  );
});
