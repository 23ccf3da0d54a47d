import { describe, expect, it } from "vitest";
import { digestMd5, digestResponse, parseDirectives } from "./digest-md5.js";

const server = { host: "h", port: 1 };

describe("DIGEST-MD5", () => {
  it("computes the response of the example in RFC 2831, section 4", () => {
    const uri = "imap/elwood.innosoft.com";
    const challenge = { realm: "elwood.innosoft.com", nonce: "OA6MG9tEQGm2hh", cnonce: "OA6MHXh6VqTrRk", uri };
    expect(digestResponse({ username: "chris", password: "secret", ...challenge })).toEqual({
      response: "d388dad90d4bbd760a152321f2143af7",
      expected: "ea40f60335c427b5527b84dbabcdfffd",
    });
  });

  it("waits for the server to speak first, and rejects a server that cannot prove that it knows the password", () => {
    const conversation = digestMd5({ username: 'a"b', password: "secret" })(server);
    expect(conversation.start()).toEqual(new Uint8Array());
    const challenge = 'realm="r",nonce="n",qop="auth",algorithm=md5-sess,charset=utf-8';
    const answer = parseDirectives(Buffer.from(conversation.answer(Buffer.from(challenge)) as Uint8Array).toString());
    expect([answer.get("username"), answer.get("digest-uri")]).toEqual(['a"b', "zookeeper/zk-sasl-md5"]);
    expect(() => conversation.answer(Buffer.from("rspauth=00000000000000000000000000000000"))).toThrow("prove");
  });

  it.each([
    ["that is none", "hello"],
    ["of another algorithm", 'nonce="n",algorithm=sha'],
    ["that wants encryption", 'nonce="n",algorithm=md5-sess,qop="auth-conf"'],
  ])("rejects a challenge %s", (_name, challenge) => {
    const conversation = digestMd5({ username: "a", password: "b" })(server);
    expect(() => conversation.answer(Buffer.from(challenge))).toThrow();
  });

  it("reads quoted values, with escapes and commas in them", () => {
    expect([...parseDirectives('realm="a,\\"b\\"", nc=1,qop="auth,auth-int"')]).toEqual([
      ["realm", 'a,"b"'],
      ["nc", "1"],
      ["qop", "auth,auth-int"],
    ]);
  });
});
