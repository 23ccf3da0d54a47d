import { silentLogger } from "@conclave/runtime";
import { expect, it } from "vitest";
import { Listeners } from "./listeners.js";

interface Events {
  news: [text: string];
}

it("an event calls its listeners in order, each once, until they are removed", () => {
  const listeners = new Listeners<Events>(silentLogger);
  const seen: string[] = [];
  const first = (text: string) => seen.push(`first ${text}`);
  listeners.add("news", first);
  listeners.add("news", (text) => seen.push(`second ${text}`));
  listeners.add("news", first);
  listeners.emit("news", "a");
  listeners.remove("news", first);
  listeners.emit("news", "b");
  expect(seen).toEqual(["first a", "second a", "second b"]);
});

it("an error of a listener is logged, and the others are called", () => {
  const errors: unknown[] = [];
  const listeners = new Listeners<Events>({ ...silentLogger, error: (_message, fields) => errors.push(fields) });
  const seen: string[] = [];
  const thrown = new Error("mine");
  listeners.add("news", () => {
    throw thrown;
  });
  listeners.add("news", (text) => seen.push(text));
  listeners.emit("news", "a");
  expect(seen).toEqual(["a"]);
  expect(errors).toEqual([{ error: thrown, event: "news" }]);
});

it("a listener that is added during an event is not called for that event", () => {
  const listeners = new Listeners<Events>(silentLogger);
  const seen: string[] = [];
  listeners.add("news", () => listeners.add("news", (text) => seen.push(text)));
  listeners.emit("news", "a");
  expect(seen).toEqual([]);
});

it("an event without listeners does nothing, and a listener may be removed that was never added", () => {
  const errors: unknown[] = [];
  const listeners = new Listeners<Events>({ ...silentLogger, error: (message) => errors.push(message) });
  listeners.remove("news", () => {});
  listeners.emit("news", "a");
  expect(errors).toEqual([]);
});
