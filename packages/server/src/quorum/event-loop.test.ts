import { describe, expect, it } from "vitest";
import { Gate } from "../../test-support/wire/gate.js";
import { EventLoop } from "./event-loop.js";

/** A machine whose effects are the event's letters. */
function scenario(execute: (effect: string, take: (event: string) => void) => void) {
  const log: string[] = [];
  const loop: EventLoop<string, string> = new EventLoop<string, string>({
    machine: {
      handle: (event) => {
        log.push(`event ${event}`);
        return [...event];
      },
    },
    execute: (effect) => {
      log.push(effect);
      execute(effect, (event) => loop.take(event));
    },
    failed: (cause) => `!${(cause as Error).message}`,
  });
  return { log, loop };
}

describe("the event loop of a run", () => {
  it("takes events that an effect causes after all effects of the present one, in their order", () => {
    const { log, loop } = scenario((effect, take) => {
      if (effect === "a") for (const event of ["x", "y"]) take(event);
    });
    loop.take("ab");
    expect(log).toEqual(["event ab", "a", "b", "event x", "x", "event y", "y"]);
  });

  it("leaves out the effects after one that fails, and takes the failure before all that waits", () => {
    const { log, loop } = scenario((effect, take) => {
      if (effect === "a") take("x");
      if (effect === "b") throw new Error("1");
    });
    loop.take("abc");
    expect(log).toEqual(["event abc", "a", "b", "event !1", "!", "1", "event x", "x"]);
    loop.take("d");
    expect(log.slice(-2)).toEqual(["event d", "d"]);
  });

  it("takes the event of a disk operation when it is done, and waits for all that were started", async () => {
    const { log, loop } = scenario(() => {});
    const first = new Gate<string>();
    const second = new Gate<string>();
    loop.store(() => first.promise);
    loop.store(() => second.promise);
    const stored = loop.stored().then(() => log.push("stored"));
    second.reject(new Error("2"));
    await new Promise(setImmediate);
    expect(log).toEqual(["event !2", "!", "2"]);
    first.resolve("a");
    await stored;
    expect(log.slice(3)).toEqual(["event a", "a", "stored"]);
  });
});
