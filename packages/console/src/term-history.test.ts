import { expect, it } from "vitest";
import type { Recipe } from "./read-snapshot.js";
import { TermHistory } from "./term-history.js";

const election = (id: string, token: string): Recipe => ({
  kind: "election",
  path: "/e",
  entrants: [{ name: "n", id, token, sessionId: `0x${token}`, since: 0, role: "leads", why: "" }],
  more: 0,
});
const session = (id: string) => ({ id, names: [], ephemerals: [], count: 1 });

it("terms have their ends, with the reason, and gaps between them", () => {
  const history = new TermHistory();
  history.add({ recipes: [election("a", "1")], sessions: [session("0x1")] }, 10);
  history.add({ recipes: [election("a", "1")], sessions: [session("0x1")] }, 20);
  history.add({ recipes: [election("b", "2")], sessions: [session("0x1"), session("0x2")] }, 30);
  history.add({ recipes: [], sessions: [] }, 40);
  history.add({ recipes: [election("a", "3")], sessions: [session("0x3")] }, 50);
  const resigned = "Its session continues: it resigned.";
  const ended = "Its session has no ephemeral left: the session was closed or expired.";
  expect(history.lanes()).toEqual([
    {
      path: "/e",
      terms: [
        { id: "a", token: "1", sessionId: "0x1", from: 10, to: 30, end: resigned },
        { id: "b", token: "2", sessionId: "0x2", from: 30, to: 40, end: ended },
        { id: "a", token: "3", sessionId: "0x3", from: 50, to: 0, end: "" },
      ],
    },
  ]);
});
