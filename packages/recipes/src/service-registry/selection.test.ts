import { seededRandom } from "@conclave/runtime";
import { describe, expect, it } from "vitest";
import { FailureHistory } from "./failure-history.js";
import { randomSelection, roundRobin, stickySelection } from "./selection.js";
import { instanceCodec, type ServiceInstance } from "./service-instance.js";
import { uriOf } from "./uri-of.js";
import { parseUriSpec } from "./uri-spec.js";

const instance = (id: string): ServiceInstance => ({
  ...{ name: "api", id, address: "h", port: 80, sslPort: null, payload: null, registrationTimeUTC: 7 },
  ...{ serviceType: "DYNAMIC", uriSpec: null, enabled: true },
});
const [a, b, c] = [instance("a"), instance("b"), instance("c")];

describe("the selection of an instance by", () => {
  it("roundRobin selects each instance in turn", () => {
    const strategy = roundRobin();
    expect([1, 2, 3, 4].map(() => strategy.select([a, b, c]).id)).toEqual(["a", "b", "c", "a"]);
  });

  it("randomSelection selects every instance", () => {
    const strategy = randomSelection(seededRandom(1));
    expect(new Set(Array.from({ length: 50 }, () => strategy.select([a, b, c]).id)).size).toBe(3);
  });

  it("stickySelection keeps one instance until it leaves", () => {
    const strategy = stickySelection(roundRobin());
    expect(
      [
        [a, b],
        [a, b],
        [b, c],
        [a, b],
      ].map((among) => strategy.select(among).id),
    ).toEqual(["a", "a", "c", "a"]);
  });
});

describe("the failure history of an instance", () => {
  it("excludes it after the number of failures in the policy, for the time in the policy after the last one", () => {
    const book = new FailureHistory({ failures: 2, forMs: 100 });
    book.record("a", 0);
    expect(book.isDown("a", 0)).toBe(false);
    book.record("a", 90);
    expect([book.isDown("a", 90), book.isDown("a", 189), book.isDown("a", 190)]).toEqual([true, true, false]);
    book.record("a", 300);
    expect(book.isDown("a", 300)).toBe(false);
    book.record("a", 301);
    book.forget("a");
    expect([book.isDown("a", 301), book.isDown("b", 301)]).toEqual([false, false]);
    expect(() => new FailureHistory({ failures: 0 })).toThrow("failures must be 1 or more");
  });
});

describe("the data of a service instance", () => {
  it("has a URI if it has a URI template", () => {
    const uriSpec = parseUriSpec("{scheme}://{address}:{port}/{name}/{ id }{nothing}");
    expect(uriOf({ ...a, uriSpec })).toBe("http://h:80/api/a");
    expect(uriOf({ ...a, uriSpec: parseUriSpec("{scheme}:{ssl-port}/{service-type}"), sslPort: 443 })).toBe(
      "https:443/dynamic",
    );
    expect(uriOf(a)).toBe(undefined);
  });

  it("is decoded as Curator writes it, with defaults for missing fields", async () => {
    const codec = instanceCodec();
    const curator =
      '{"name":"api","id":"a","address":"h","port":80,"sslPort":null,"payload":{"@class":"x.Y","z":1},"registrationTimeUTC":7,"serviceType":"STATIC","uriSpec":{"parts":[{"value":"scheme","variable":true},{"value":"://","variable":false}]},"enabled":false}';
    const read = await codec.decode(Buffer.from(curator));
    expect(read).toMatchObject({ payload: { z: 1 }, serviceType: "STATIC", enabled: false });
    expect(uriOf(read)).toBe("http://");
    expect(JSON.parse(String(codec.encode(read)))).toEqual(JSON.parse(curator));
    expect(await codec.decode(Buffer.from('{"name":"api","id":"a"}'))).toMatchObject({ enabled: true, port: null });
    expect(() => codec.decode(Buffer.from("[]"))).toThrow("not a service instance");
  });
});
