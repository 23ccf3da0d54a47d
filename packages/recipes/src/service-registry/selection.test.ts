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

describe("a selection", () => {
  it("goes round", () => {
    const strategy = roundRobin();
    expect([1, 2, 3, 4].map(() => strategy.select([a, b, c]).id)).toEqual(["a", "b", "c", "a"]);
  });

  it("by chance chooses everybody", () => {
    const strategy = randomSelection(seededRandom(1));
    expect(new Set(Array.from({ length: 50 }, () => strategy.select([a, b, c]).id)).size).toBe(3);
  });

  it("that is sticky stays with one until it is gone", () => {
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

describe("an instance that fails", () => {
  it("is down after as many failures as the policy says, for as long as it says, from the last on", () => {
    const book = new FailureHistory({ failures: 2, forMs: 100 });
    book.note("a", 0);
    expect(book.isDown("a", 0)).toBe(false);
    book.note("a", 90);
    expect([book.isDown("a", 90), book.isDown("a", 189), book.isDown("a", 190)]).toEqual([true, true, false]);
    book.note("a", 300);
    expect(book.isDown("a", 300)).toBe(false);
    book.note("a", 301);
    book.forget("a");
    expect([book.isDown("a", 301), book.isDown("b", 301)]).toEqual([false, false]);
    expect(() => new FailureHistory({ failures: 0 })).toThrow("failures must be 1 or more");
  });
});

describe("an instance on the wire", () => {
  it("has a URI where it says how", () => {
    const uriSpec = parseUriSpec("{scheme}://{address}:{port}/{name}/{ id }{nothing}");
    expect(uriOf({ ...a, uriSpec })).toBe("http://h:80/api/a");
    expect(uriOf({ ...a, uriSpec: parseUriSpec("{scheme}:{ssl-port}/{service-type}"), sslPort: 443 })).toBe(
      "https:443/dynamic",
    );
    expect(uriOf(a)).toBe(undefined);
  });

  it("is read as Curator writes it, and what it left out has its default", async () => {
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
