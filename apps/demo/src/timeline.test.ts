import { expect, it } from "vitest";
import { Timeline, type TimelineEvent } from "./timeline.js";

it("the timeline shows control and bidirectional characters as escapes, on the terminal and to listeners", () => {
  const lines: string[] = [];
  const events: TimelineEvent[] = [];
  const timeline = new Timeline((line) => lines.push(line), 0);
  timeline.on((event) => events.push(event));
  timeline.event(1_000, "web-\u202e1", "is \u001b]0;here\u0007, \u2066there\u2069");
  const [actor, text] = ["web-\\u202e1", "is \\u001b]0;here\\u0007, \\u2066there\\u2069"];
  expect(events).toEqual([{ seconds: 1, actor, text }]);
  expect(lines.join()).toContain(text);
  expect(lines.join()).toContain(actor);
});
