import { type Notification } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { ensembleOf, notificationOf, shownEffects } from "../../../test-support/zab/election-transcript.js";
import { QuorumSet } from "../configuration/quorum-set.js";
import { Election } from "./election.js";
import type { ElectionEvent, ElectionState } from "./election-event.js";
import { EMPTY_UNTRUSTED } from "./vote.js";

/* SPEC.md's table. Voters are 1, 2 and 3, observers 4 and 5; this server has the id 1, and 4 in the state observing. */

const configuration = ensembleOf([1, 2, 3], { observers: [4, 5] });
const quorums = new QuorumSet(configuration);
const newer = new QuorumSet(ensembleOf([1, 2], { observers: [4, 5], version: 1 }));

const hears = (from: number, state: Notification["state"], leader: number, round: number): ElectionEvent => ({
  type: "notification",
  from: BigInt(from),
  notification: notificationOf(state, { leader, round }, configuration),
});
const resend = (delivered: boolean): ElectionEvent => ({ type: "timer", name: "resend", delivered });
const start: ElectionEvent = { type: "start", zxid: 0n, epoch: 0 };
const finalize: ElectionEvent = { type: "timer", name: "finalize" };

/** Events that lead to each state, in round 3. In the states after a decision the leader is 2, or this server. */
const WAYS: { readonly [S in ElectionState]: readonly ElectionEvent[] } = {
  idle: [],
  looking: [start, start, start],
  finalizing: [start, start, start, hears(2, "looking", 2, 3)],
  following: [start, start, start, hears(2, "looking", 2, 3), finalize],
  leading: [start, start, start, hears(2, "looking", 1, 3), finalize],
  observing: [start, start, hears(1, "following", 2, 3), hears(2, "leading", 2, 3)],
};

/** One event of each kind, at least one of each type. */
const EVENTS = {
  start,
  "looking in a higher round": hears(3, "looking", 1, 4),
  "looking in this round, better": hears(3, "looking", 3, 3),
  "looking in this round, same vote": hears(3, "looking", 2, 3),
  "looking in this round, worse": hears(3, "looking", 1, 3),
  "looking in a lower round": hears(3, "looking", 3, 2),
  "looking, no voter": hears(5, "looking", 5, 3),
  "looking, for no voter": hears(3, "looking", 5, 4),
  following: hears(3, "following", 1, 3),
  leading: hears(3, "leading", 3, 4),
  observing: hears(3, "observing", 3, 3),
  "resend, delivered": resend(true),
  "resend, not delivered": resend(false),
  finalize,
  "unreachable, the last voter without a vote": { type: "unreachable", server: 3n },
  "unreachable, another voter": { type: "unreachable", server: 2n },
  established: { type: "established", epoch: 9 },
  designated: { type: "designated", leader: 3n, zxid: 7n },
  "configured, as before": { type: "configured", quorums },
  "configured, other members": { type: "configured", quorums: newer },
  stop: { type: "stop" },
} satisfies Record<string, ElectionEvent>;
type EventKind = keyof typeof EVENTS;

/** State after the event, then the effects; a dash means that nothing changes. */
type Cell = "-" | readonly [state: ElectionState, effects: string];

const TABLE: { readonly [S in ElectionState]: { readonly [E in EventKind]: Cell } } = {
  idle: {
    start: ["looking", "to 2,3 looking 1(0,0) r1; resend in 200"],
    "looking in a higher round": "-",
    "looking in this round, better": "-",
    "looking in this round, same vote": "-",
    "looking in this round, worse": "-",
    "looking in a lower round": "-",
    "looking, no voter": "-",
    "looking, for no voter": "-",
    following: "-",
    leading: "-",
    observing: "-",
    "resend, delivered": "-",
    "resend, not delivered": "-",
    finalize: "-",
    "unreachable, the last voter without a vote": "-",
    "unreachable, another voter": "-",
    established: "-",
    designated: ["following", "DECIDED following 3(-1,7) r0"],
    "configured, as before": "-",
    "configured, other members": "-",
    stop: "-",
  },
  looking: {
    start: ["looking", "to 2,3 looking 1(0,0) r4; resend in 200"],
    "looking in a higher round": ["finalizing", "to 2,3 looking 1(0,0) r4; no resend; finalize in 200"],
    "looking in this round, better": ["finalizing", "to 2,3 looking 3(0,0) r3; no resend; finalize in 200"],
    "looking in this round, same vote": ["finalizing", "to 2,3 looking 2(0,0) r3; no resend; finalize in 200"],
    "looking in this round, worse": ["finalizing", "no resend; finalize in 200"],
    "looking in a lower round": ["looking", "to 3 looking 1(0,0) r3; resend in 200"],
    "looking, no voter": ["looking", "to 5 looking 1(0,0) r3"],
    "looking, for no voter": "-",
    following: ["leading", "no resend; DECIDED leading 1(0,0) r3"],
    leading: ["looking", "resend in 200"],
    observing: ["looking", "resend in 200"],
    "resend, delivered": ["looking", "to 2,3 looking 1(0,0) r3; resend in 400"],
    "resend, not delivered": ["looking", "connect all; resend in 400"],
    finalize: "-",
    "unreachable, the last voter without a vote": "-",
    "unreachable, another voter": "-",
    established: "-",
    designated: "-",
    "configured, as before": "-",
    "configured, other members": ["looking", "to 2 looking 1(0,0) r4; resend in 200"],
    stop: ["idle", "no resend"],
  },
  finalizing: {
    start: ["looking", "to 2,3 looking 1(0,0) r4; no finalize; resend in 200"],
    "looking in a higher round": ["finalizing", "finalize in 200"],
    "looking in this round, better": ["finalizing", "to 2,3 looking 3(0,0) r3; finalize in 200"],
    "looking in this round, same vote": ["following", "no finalize; DECIDED following 2(0,0) r3"],
    "looking in this round, worse": ["finalizing", "finalize in 200"],
    "looking in a lower round": ["finalizing", "to 3 looking 2(0,0) r3; finalize in 200"],
    "looking, no voter": ["finalizing", "to 5 looking 2(0,0) r3"],
    "looking, for no voter": "-",
    following: ["finalizing", "finalize in 200"],
    leading: ["finalizing", "finalize in 200"],
    observing: ["finalizing", "finalize in 200"],
    "resend, delivered": "-",
    "resend, not delivered": "-",
    finalize: ["following", "DECIDED following 2(0,0) r3"],
    "unreachable, the last voter without a vote": ["following", "no finalize; DECIDED following 2(0,0) r3"],
    "unreachable, another voter": ["finalizing", "finalize in 200"],
    established: "-",
    designated: "-",
    "configured, as before": "-",
    "configured, other members": ["looking", "to 2 looking 1(0,0) r4; no finalize; resend in 200"],
    stop: ["idle", "no finalize"],
  },
  following: {
    start: ["looking", "to 2,3 looking 1(0,0) r4; resend in 200"],
    "looking in a higher round": ["following", "to 3 following 2(0,0) r3"],
    "looking in this round, better": ["following", "to 3 following 2(0,0) r3"],
    "looking in this round, same vote": ["following", "to 3 following 2(0,0) r3"],
    "looking in this round, worse": ["following", "to 3 following 2(0,0) r3"],
    "looking in a lower round": ["following", "to 3 following 2(0,0) r3"],
    "looking, no voter": ["following", "to 5 following 2(0,0) r3"],
    "looking, for no voter": ["following", "to 3 following 2(0,0) r3"],
    following: "-",
    leading: "-",
    observing: "-",
    "resend, delivered": "-",
    "resend, not delivered": "-",
    finalize: "-",
    "unreachable, the last voter without a vote": "-",
    "unreachable, another voter": "-",
    established: "-",
    designated: ["following", "DECIDED following 3(-1,7) r3"],
    "configured, as before": "-",
    "configured, other members": "-",
    stop: ["idle", ""],
  },
  leading: {
    start: ["looking", "to 2,3 looking 1(0,0) r4; resend in 200"],
    "looking in a higher round": ["leading", "to 3 leading 1(0,0) r3"],
    "looking in this round, better": ["leading", "to 3 leading 1(0,0) r3"],
    "looking in this round, same vote": ["leading", "to 3 leading 1(0,0) r3"],
    "looking in this round, worse": ["leading", "to 3 leading 1(0,0) r3"],
    "looking in a lower round": ["leading", "to 3 leading 1(0,0) r3"],
    "looking, no voter": ["leading", "to 5 leading 1(0,0) r3"],
    "looking, for no voter": ["leading", "to 3 leading 1(0,0) r3"],
    following: "-",
    leading: "-",
    observing: "-",
    "resend, delivered": "-",
    "resend, not delivered": "-",
    finalize: "-",
    "unreachable, the last voter without a vote": "-",
    "unreachable, another voter": "-",
    established: "-",
    designated: ["following", "DECIDED following 3(-1,7) r3"],
    "configured, as before": "-",
    "configured, other members": "-",
    stop: ["idle", ""],
  },
  observing: {
    start: ["looking", "to 1,2,3 looking no vote r4; resend in 200"],
    "looking in a higher round": ["observing", "to 3 observing 2(0,0) r3"],
    "looking in this round, better": ["observing", "to 3 observing 2(0,0) r3"],
    "looking in this round, same vote": ["observing", "to 3 observing 2(0,0) r3"],
    "looking in this round, worse": ["observing", "to 3 observing 2(0,0) r3"],
    "looking in a lower round": ["observing", "to 3 observing 2(0,0) r3"],
    "looking, no voter": ["observing", "to 5 observing 2(0,0) r3"],
    "looking, for no voter": ["observing", "to 3 observing 2(0,0) r3"],
    following: "-",
    leading: "-",
    observing: "-",
    "resend, delivered": "-",
    "resend, not delivered": "-",
    finalize: "-",
    "unreachable, the last voter without a vote": "-",
    "unreachable, another voter": "-",
    established: "-",
    designated: ["observing", "DECIDED observing 3(-1,7) r3"],
    "configured, as before": "-",
    "configured, other members": "-",
    stop: ["idle", ""],
  },
};

const cells = (Object.keys(TABLE) as ElectionState[]).flatMap((state) =>
  (Object.keys(EVENTS) as EventKind[]).map((kind) => ({ state, kind, cell: TABLE[state][kind] })),
);

function electionIn(state: ElectionState): Election {
  const election = new Election({ id: state === "observing" ? 4n : 1n, quorums, isReconfigEnabled: true });
  for (const event of WAYS[state]) election.handle(event);
  return election;
}

describe("the table of the election", () => {
  it.each(Object.keys(WAYS) as ElectionState[])("has a way to the state %s", (state) => {
    expect(electionIn(state).state).toBe(state);
  });

  it("begins without a history that could count", () => {
    const { vote, round } = electionIn("idle");
    expect([vote, round]).toEqual([{ leader: 1n, zxid: EMPTY_UNTRUSTED, electionEpoch: 0n, peerEpoch: 0n }, 0n]);
  });

  it.each(cells)("$state: $kind", ({ state, kind, cell }) => {
    const election = electionIn(state);
    const { vote } = election;
    const effects = shownEffects(election.handle(EVENTS[kind]));
    expect([election.state, effects]).toEqual(cell === "-" ? [state, ""] : cell);
    const hasLeader = ["following", "leading", "observing"].includes(state);
    if (kind === "established") expect(election.vote).toEqual(hasLeader ? { ...vote, peerEpoch: 9n } : vote);
    else if (cell === "-") expect(election.vote).toEqual(vote);
  });

  it("has an event of each type", () => {
    const types = {
      start: 0,
      notification: 0,
      timer: 0,
      unreachable: 0,
      established: 0,
      designated: 0,
      configured: 0,
      stop: 0,
    };
    const all: Record<ElectionEvent["type"], number> = types;
    for (const { type } of Object.values<ElectionEvent>(EVENTS)) all[type]++;
    expect(Object.values(all)).not.toContain(0);
  });
});
