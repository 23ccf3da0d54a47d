import { silentLogger } from "@conclave/runtime";
import { expect, it } from "vitest";
import { Listeners } from "./listeners.js";

interface Events {
  news: [text: string];
}

it("calls listeners in order, each once, until they are removed", () => {
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

it("logs an error of a listener and calls the others", () => {
  const errors: unknown[] = [];
  const listeners = new Listeners<Events>({ ...silentLogger, error: (_message, fields) => errors.push(fields?.error) });
  const seen: string[] = [];
  const thrown = new Error("mine");
  listeners.add("news", () => {
    throw thrown;
  });
  listeners.add("news", (text) => seen.push(text));
  listeners.emit("news", "a");
  expect(seen).toEqual(["a"]);
  expect(errors).toEqual([thrown]);
});

it("does not call a listener that was added during the event", () => {
  const listeners = new Listeners<Events>(silentLogger);
  const seen: string[] = [];
  listeners.add("news", () => listeners.add("news", (text) => seen.push(text)));
  listeners.emit("news", "a");
  expect(seen).toEqual([]);
});
