import { describe, expect, it } from "vitest";
import {
  LeaderOnly,
  Locked,
  OnElected,
  OnMembershipChange,
  OnRevoked,
  ReadLocked,
  Semaphore,
  WatchNode,
  WriteLocked,
} from "../index.js";

const decorators: readonly (readonly [string, MethodDecorator])[] = [
  ['@LeaderOnly("a")', LeaderOnly("a")],
  ["@Locked", Locked("a")],
  ["@ReadLocked", ReadLocked("a")],
  ["@WriteLocked", WriteLocked("a")],
  ["@Semaphore", Semaphore("a", { permits: 1 })],
  ['@OnElected("a")', OnElected("a")],
  ['@OnRevoked("a")', OnRevoked("a")],
  ['@OnMembershipChange("a")', OnMembershipChange("a")],
  ['@WatchNode("/a")', WatchNode("/a")],
];

const symbol = Symbol("method");

class Wrong {
  static onTheClass(): void {}
  get getter(): number {
    return 1;
  }
  *generator(): Generator<number> {
    yield 1;
  }
  async *asyncGenerator(): AsyncGenerator<number> {
    yield 1;
  }
  async [symbol](): Promise<void> {}
}

/** Puts a decorator where no type would let it. */
function decorate(decorator: MethodDecorator, target: object, key: string | symbol): void {
  decorator(target, key, Object.getOwnPropertyDescriptor(target, key) as PropertyDescriptor);
}

describe.each(decorators)("%s", (name, decorator) => {
  it("refuses anything but a method of an instance", () => {
    const places: readonly (readonly [object, string])[] = [
      [Wrong, "onTheClass"],
      [Wrong.prototype, "getter"],
      [Wrong.prototype, "missing"],
    ];
    for (const [target, key] of places) {
      expect(() => decorate(decorator, target, key)).toThrow(
        `${name} must be on an instance method, and ${key} is not one`,
      );
    }
  });

  it("refuses a generator, which would run after the release", () => {
    for (const key of ["generator", "asyncGenerator"]) {
      expect(() => decorate(decorator, Wrong.prototype, key)).toThrow(
        `Wrong.${key} is a generator, which would run after ${name} has released its grant`,
      );
    }
  });

  it("works on a method named by a symbol", () => {
    expect(() => decorate(decorator, Wrong.prototype, symbol)).not.toThrow();
  });
});
