import { expect, it } from "vitest";
import { RelayedSessions } from "./relayed-sessions.js";

it("a session writes from the place to which its client has moved, and from no other", () => {
  const sessions = new RelayedSessions(new Set([7n]));
  expect(sessions.isAt(7n, 1)).toBe(true);
  expect(sessions.isAt(7n, 2)).toBe(false);
  sessions.moved(7n, 2);
  expect([1, 2].map((place) => sessions.isAt(7n, place))).toEqual([false, true]);
  sessions.moved(7n, "here");
  expect(sessions.isAt(7n, 2)).toBe(false);
});

it("a session that is not on record, or has ended, has no place", () => {
  const sessions = new RelayedSessions(new Set([7n]));
  expect([1, 2].map((place) => sessions.isAt(8n, place))).toEqual([true, true]);
  sessions.moved(7n, 1);
  sessions.ended(7n);
  expect(sessions.isAt(7n, 2)).toBe(true);
});
