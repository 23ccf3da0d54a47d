import { describe, expect, it } from "vitest";
import type { ClusterRequest, RequestPeer } from "../http/cluster-request.js";
import { requestHeaders } from "./request-headers.js";

const CLAIMED = {
  host: "shop.example",
  forwarded: "for=192.0.2.1",
  "x-forwarded-for": "192.0.2.1, 192.0.2.2",
  "x-forwarded-proto": "https",
  "x-forwarded-host": "public.example",
  "x-forwarded-port": "443",
  "x-real-ip": "192.0.2.1",
  connection: "x-forwarded-for",
};

const passedOn = (isTrusted: boolean, peer: RequestPeer | undefined, headers: ClusterRequest["headers"] = CLAIMED) => {
  const request: ClusterRequest = {
    method: "GET",
    target: "/x",
    httpVersion: "1.1",
    headers,
    peer,
    body: () => undefined,
    inform: () => {},
    answered: async () => {},
    signal: new AbortController().signal,
  };
  const sent = requestHeaders(request, {
    hops: 1,
    hasBody: false,
    trustProxy: (address) => isTrusted && address !== "192.0.2.66",
  });
  const { via: _via, "x-cluster-hops": _hops, ...rest } = sent;
  return rest;
};

describe("the x-forwarded fields of a request that is passed on", () => {
  it("describe an untrusted peer, and drop the fields that it sends", () => {
    expect(passedOn(false, { address: "192.0.2.7", isEncrypted: false })).toEqual({
      "x-forwarded-for": "192.0.2.7",
      "x-forwarded-proto": "http",
      "x-forwarded-host": "shop.example",
    });
    expect(passedOn(true, { address: "192.0.2.66", isEncrypted: true })).toEqual({
      "x-forwarded-for": "192.0.2.66",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "shop.example",
    });
  });

  it("keep the fields of a trusted peer and append its address, even where Connection lists the field", () => {
    const { connection: _connection, host: _host, ...claims } = CLAIMED;
    expect(passedOn(true, { address: "::ffff:10.0.0.1", isEncrypted: false })).toEqual({
      ...claims,
      "x-forwarded-for": "192.0.2.1, 192.0.2.2, 10.0.0.1",
    });
  });

  it("are added for a trusted peer that sends none", () => {
    expect(passedOn(true, { address: "2001:db8::1", isEncrypted: true }, { ":authority": "shop.example" })).toEqual({
      "x-forwarded-for": "2001:db8::1",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "shop.example",
    });
  });

  it("omit address and protocol of an unknown peer, and drop the fields that it sends", () => {
    expect(passedOn(true, undefined)).toEqual({ "x-forwarded-host": "shop.example" });
  });
});
