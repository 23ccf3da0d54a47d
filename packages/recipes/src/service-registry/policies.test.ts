import { expect, it } from "vitest";
import { FailureHistory } from "./failure-history.js";
import { stickySelection } from "./selection.js";
import { instanceCodec, type ServiceInstance } from "./service-instance.js";
import { uriOf } from "./uri-of.js";
import { parseUriSpec } from "./uri-spec.js";

const instance: ServiceInstance = {
  ...{ name: "api", id: "a", address: null, port: null, sslPort: null, payload: null, registrationTimeUTC: 7 },
  ...{ serviceType: "DYNAMIC_SEQUENTIAL", uriSpec: null, enabled: true },
};

it("an instance is excluded after two failures for 30 seconds, by default", () => {
  const history = new FailureHistory();
  history.record("a", 0);
  expect(history.isDown("a", 0)).toBe(false);
  history.record("a", 29_999);
  expect([history.isDown("a", 29_999), history.isDown("a", 59_998), history.isDown("a", 59_999)]).toEqual([
    ...[true, true, false],
  ]);
});

it("failures count only within the time of the policy, back from the last one", () => {
  const history = new FailureHistory({ failures: 2, forMs: 100 });
  history.record("a", 0);
  history.record("a", 100);
  expect(history.isDown("a", 100)).toBe(false);
  history.record("a", 199);
  expect(history.isDown("a", 199)).toBe(true);
  const three = new FailureHistory({ failures: 3, forMs: 100 });
  for (const time of [0, 60, 120]) three.record("a", time);
  expect(three.isDown("a", 120)).toBe(false);
  three.record("a", 121);
  expect(three.isDown("a", 121)).toBe(true);
});

it("a policy of one failure and no time is valid, and excludes no instance; other numbers are rejected", () => {
  const history = new FailureHistory({ failures: 1, forMs: 0 });
  history.record("a", 5);
  expect(history.isDown("a", 5)).toBe(false);
  for (const [failures, forMs] of [
    [0.5, 1],
    [1, -1],
    [Number.NaN, 1],
    [1, Number.NaN],
  ] as const) {
    expect(() => new FailureHistory({ failures, forMs })).toThrow(
      `failures must be 1 or more and forMs 0 or more, not ${failures} and ${forMs}`,
    );
  }
});

it("the sticky selection selects one of the instances at random first, by default", () => {
  const strategy = stickySelection();
  expect([strategy.select([instance]), strategy.select([instance])]).toEqual([instance, instance]);
});

it("a URI template may have every variable of Curator, and text with single braces", () => {
  const template = "{name}|{id}|{address}|{port}|{ssl-port}|{registration-time-utc}|{service-type}|{scheme}|{";
  const uri = (changes: Partial<ServiceInstance>) =>
    uriOf({ ...instance, ...changes, uriSpec: parseUriSpec(template) });
  expect(uri({ address: "h", port: 1, sslPort: 2 })).toBe("api|a|h|1|2|7|dynamic_sequential|https|{");
  expect(uri({})).toBe("api|a||||7|dynamic_sequential|http|{");
  expect(parseUriSpec("")).toEqual({ parts: [] });
  expect(parseUriSpec("a}{ b }{c")).toEqual({
    parts: [
      { value: "a}", variable: false },
      { value: "b", variable: true },
      { value: "{c", variable: false },
    ],
  });
});

it("data without a name or an id, or that is no object, is no service instance", () => {
  const codec = instanceCodec();
  for (const data of [null, ...["null", "1", '{"id":"a"}', '{"name":"api"}'].map((text) => Buffer.from(text))]) {
    expect(() => codec.decode(data)).toThrow("not a service instance: name or id is missing");
  }
  expect(codec.decode(Buffer.from('{"name":"api","id":"a"}'))).toEqual({
    ...{ name: "api", id: "a", address: null, port: null, sslPort: null, payload: null, registrationTimeUTC: 0 },
    ...{ serviceType: "DYNAMIC", uriSpec: null, enabled: true },
  });
});
