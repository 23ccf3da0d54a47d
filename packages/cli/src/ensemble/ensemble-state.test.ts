import { describe, expect, it } from "vitest";
import {
  type EnsembleChange,
  type EnsembleState,
  initialState,
  type MemberEvent,
  type MemberMode,
  nextState,
} from "./ensemble-state.js";

type WithoutTime<E> = E extends unknown ? Omit<E, "at"> : never;
type Given = WithoutTime<MemberEvent>;

/** Applies events, one each 10 ms. */
function after(events: readonly Given[], from: EnsembleState = initialState([1, 2, 3])) {
  let state = from;
  const changes: EnsembleChange[] = [];
  for (const [index, event] of events.entries()) {
    const next = nextState(state, { ...event, at: 10 * index } as MemberEvent);
    state = next.state;
    changes.push(...next.changes);
  }
  const modes = Object.fromEntries([...state.members].map(([id, { mode }]) => [id, mode]));
  return { state, modes, leader: state.leader, changes, leaders: changes.filter(({ type }) => type === "leader") };
}

const started = [1, 2, 3].map((id) => ({ id, type: "started" }) as const);
const elected = (leader: number, ids: readonly number[]): Given[] =>
  ids.flatMap((id): Given[] => [
    { id, type: "decided", leader },
    { id, type: "serving", mode: id === leader ? "leader" : "follower" },
  ]);
/** Server 3 leads 1 and 2. */
const serving: readonly Given[] = [...started, ...elected(3, [3, 1, 2])];

describe("an event of a member", () => {
  const histories: Record<MemberMode, readonly Given[]> = {
    starting: [{ id: 2, type: "started" }],
    looking: [
      { id: 2, type: "started" },
      { id: 2, type: "searching" },
    ],
    follower: [{ id: 2, type: "started" }, ...elected(1, [2])],
    leader: [{ id: 2, type: "started" }, ...elected(2, [2])],
    ended: [],
  };
  const events: Record<string, Given> = {
    started: { id: 2, type: "started" },
    searching: { id: 2, type: "searching" },
    decided: { id: 2, type: "decided", leader: 1 },
    "serving as leader": { id: 2, type: "serving", mode: "leader" },
    "serving as follower": { id: 2, type: "serving", mode: "follower" },
    ended: { id: 2, type: "ended" },
  };
  const results: Record<string, MemberMode | "same"> = {
    started: "starting",
    searching: "looking",
    decided: "same",
    "serving as leader": "leader",
    "serving as follower": "follower",
    ended: "ended",
  };
  const cells = Object.keys(histories).flatMap((mode) => Object.keys(events).map((name) => [name, mode] as const));

  it.each(cells)("%s leads to the mode of the table in a member that is %s", (name, mode) => {
    const expected = mode === "ended" && name !== "started" ? "ended" : results[name];
    const { modes } = after([...histories[mode as MemberMode], events[name]!]);
    expect(modes[2]).toBe(expected === "same" ? mode : expected);
  });

  it("of an unknown member changes nothing", () => {
    expect(after([{ id: 9, type: "started" }]).changes).toEqual([]);
  });
});

describe("the leader of an ensemble", () => {
  it("is reported when the first of its followers serves, before the mode of that follower", () => {
    const { changes } = after([...started, ...elected(3, [3, 1])]);
    expect(changes.slice(-3)).toEqual([
      { type: "mode", id: 3, mode: "leader" },
      { type: "leader", leader: 3, afterMs: 60 },
      { type: "mode", id: 1, mode: "follower" },
    ]);
  });

  it("is reported once, whichever of the others serves first", () => {
    expect(after(serving).leaders).toHaveLength(1);
    expect(after([...started, ...elected(3, [2, 1, 3])]).leaders).toHaveLength(1);
  });

  it("is lost at the end of its process, and the next one is reported with the time since then", () => {
    const { leaders, modes } = after([...serving, { id: 3, type: "ended" }, ...elected(2, [1, 2])]);
    expect(leaders.slice(1)).toEqual([
      { type: "leader", leader: undefined, afterMs: undefined },
      { type: "leader", leader: 2, afterMs: 40 },
    ]);
    expect(modes).toEqual({ 1: "follower", 2: "leader", 3: "ended" });
  });

  it("is not lost at the end of one follower, nor by lines of that process that arrive later", () => {
    const { leader, modes } = after([
      ...serving,
      { id: 1, type: "ended" },
      { id: 1, type: "serving", mode: "follower" },
    ]);
    expect(leader).toBe(3);
    expect(modes).toEqual({ 1: "ended", 2: "follower", 3: "leader" });
  });

  it("is lost when it searches after the end of all its followers", () => {
    const ends: Given[] = [
      { id: 1, type: "ended" },
      { id: 2, type: "ended" },
    ];
    expect(after([...serving, ...ends]).leader).toBe(3);
    expect(after([...serving, ...ends, { id: 3, type: "searching" }]).leader).toBeUndefined();
  });

  it("is lost while it is paused, when its followers search, and is replaced by the one that they elect", () => {
    const searching: Given[] = [
      { id: 1, type: "searching" },
      { id: 2, type: "searching" },
    ];
    expect(after([...serving, ...searching]).leader).toBeUndefined();
    const { leader, modes } = after([...serving, ...searching, ...elected(2, [1, 2])]);
    expect(leader).toBe(2);
    expect(modes).toEqual({ 1: "follower", 2: "leader", 3: "looking" });
  });

  it("is one that another program has started again, by the votes of the others", () => {
    const again: Given[] = [{ id: 3, type: "ended" }, ...elected(3, [1, 2])];
    const { leader, modes } = after([...serving, ...again]);
    expect(leader).toBe(3);
    expect(modes).toEqual({ 1: "follower", 2: "follower", 3: "ended" });
    expect(
      after([...serving, ...again, { id: 1, type: "searching" }, { id: 2, type: "searching" }]).leader,
    ).toBeUndefined();
  });
});
