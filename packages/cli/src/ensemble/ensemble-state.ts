/** Role of a member, as the ensemble's processes show it. */
export type MemberMode = "starting" | "looking" | "follower" | "leader" | "ended";

/** Something that a member logged, or that its process did. `at` is in milliseconds since 1970. */
export type MemberEvent = { readonly id: number; readonly at: number } & (
  | { readonly type: "started" }
  | { readonly type: "searching" }
  | { readonly type: "decided"; readonly leader: number }
  | { readonly type: "serving"; readonly mode: "follower" | "leader" }
  | { readonly type: "ended" }
);

/** Change of the leader or of a member's mode. */
export type EnsembleChange =
  | {
      readonly type: "leader";
      /** `undefined` while there is none. */
      readonly leader: number | undefined;
      /** Time since the last leader was lost, or since the first event; `undefined` for a loss. */
      readonly afterMs: number | undefined;
    }
  | { readonly type: "mode"; readonly id: number; readonly mode: MemberMode };

interface MemberState {
  readonly mode: MemberMode;
  /** Leader of the last election that the member decided. */
  readonly vote: number | undefined;
}

/** Modes of all members, and their leader. */
export interface EnsembleState {
  readonly members: ReadonlyMap<number, MemberState>;
  readonly leader: number | undefined;
  /** Time at which the leader was lost, or of the first event. */
  readonly leaderlessSince: number | undefined;
}

/** State of an ensemble before the first event. */
export function initialState(ids: readonly number[]): EnsembleState {
  const members = new Map<number, MemberState>(ids.map((id) => [id, { mode: "ended", vote: undefined }]));
  return { members, leader: undefined, leaderlessSince: undefined };
}

/** Returns the state after an event, and the changes of leader and modes, in this order. SPEC.md has the rules. */
export function nextState(
  state: EnsembleState,
  event: MemberEvent,
): { readonly state: EnsembleState; readonly changes: readonly EnsembleChange[] } {
  const members = nextMembers(state.members, event);
  const leader = leaderOf(members);
  const since = state.leaderlessSince ?? event.at;
  const changes: EnsembleChange[] = [];
  if (leader !== state.leader) {
    const afterMs = leader === undefined ? undefined : Math.max(event.at - since, 0);
    changes.push({ type: "leader", leader, afterMs });
  }
  for (const [id, { mode }] of members) {
    if (mode !== state.members.get(id)?.mode) changes.push({ type: "mode", id, mode });
  }
  return { state: { members, leader, leaderlessSince: leader === undefined ? since : undefined }, changes };
}

function nextMembers(before: ReadonlyMap<number, MemberState>, event: MemberEvent): ReadonlyMap<number, MemberState> {
  const own = before.get(event.id);
  if (own === undefined || (own.mode === "ended" && event.type !== "started")) return before;
  const members = new Map(before);
  members.set(event.id, afterEvent(own, event));
  const isNewLeader = event.type === "serving" && event.mode === "leader";
  for (const [id, { vote, mode }] of members) {
    if (id === event.id || mode === "ended") continue;
    const isLost = event.type === "ended" && vote === event.id;
    if (isLost || (isNewLeader && mode === "leader")) members.set(id, { mode: "looking", vote: undefined });
  }
  return members;
}

function afterEvent(member: MemberState, event: MemberEvent): MemberState {
  switch (event.type) {
    case "started":
      return { mode: "starting", vote: undefined };
    case "searching":
      return { mode: "looking", vote: undefined };
    case "decided":
      return { ...member, vote: event.leader };
    case "serving":
      return { mode: event.mode, vote: event.mode === "leader" ? event.id : member.vote };
    case "ended":
      return { mode: "ended", vote: undefined };
  }
}

/** Returns the member that a quorum follows. Members that have ended may have been started again by another program. */
function leaderOf(members: ReadonlyMap<number, MemberState>): number | undefined {
  const all = [...members.values()];
  const ended = all.filter(({ mode }) => mode === "ended").length;
  for (const { vote: candidate } of all) {
    if (candidate === undefined) continue;
    const serving = all.filter(({ mode, vote }) => vote === candidate && (mode === "follower" || mode === "leader"));
    const candidateMode = members.get(candidate)?.mode;
    if (candidateMode !== "leader" && (candidateMode !== "ended" || serving.length === 0)) continue;
    if (2 * (serving.length + ended) > members.size) return candidate;
  }
  return undefined;
}
