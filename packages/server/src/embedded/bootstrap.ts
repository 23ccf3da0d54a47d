/*
 * Decides how a replica gets its configuration: see SPEC.md, "Bootstrap". Pure.
 */

import { EnsembleConfiguration } from "../zab/configuration/ensemble-configuration.js";
import { type InitialConfiguration, isSameInitial, type ReplicaInfo } from "./replica-info.js";

/** Next step of a replica that has not started. */
export type BootstrapStep =
  /** Ask again later. `reason` is for logs and probes. */
  | { readonly type: "wait"; readonly reason: string }
  /** Send this to all first voters, and accept it if all of them have. */
  | { readonly type: "propose"; readonly initial: InitialConfiguration }
  /** Start the server by the initial configuration that this replica has accepted. Its empty disk has a vote. */
  | { readonly type: "start"; readonly initial: InitialConfiguration }
  /** Start the server by the configuration of an ensemble that exists. An empty disk has no vote before it is in sync. */
  | { readonly type: "join"; readonly configuration: string };

/** Returns the next step of `self`, from what the others have answered. Those of other ensembles must not be among them. */
export function nextStep(self: ReplicaInfo, answers: readonly ReplicaInfo[]): BootstrapStep {
  const others = answers.filter(({ disk }) => disk !== self.disk);
  const twin = others.find(({ id }) => id === self.id);
  if (twin !== undefined) {
    return wait(`${twin.address.host} has the id ${self.id} too: give each replica an id of its own`);
  }
  return stepToJoin(self, others) ?? stepToBootstrap(self, others);
}

function stepToJoin(self: ReplicaInfo, others: readonly ReplicaInfo[]): BootstrapStep | undefined {
  const started = others.filter(({ stage }) => stage === "started");
  if (started.length === 0) return undefined;
  const initialOf = (info: ReplicaInfo): InitialConfiguration | undefined =>
    info.stage === "empty" ? undefined : info.initial;
  if (self.stage === "accepted" && started.some((info) => isSameInitial(initialOf(info), self.initial))) {
    return { type: "start", initial: self.initial };
  }
  const configuration = newest(started.flatMap((each) => each.configuration ?? []));
  if (configuration !== undefined) return { type: "join", configuration };
  return wait(`the ensemble exists, and its replicas ${idsOf(started)} are starting`);
}

function stepToBootstrap(self: ReplicaInfo, others: readonly ReplicaInfo[]): BootstrapStep {
  const voters = [self, ...others].filter(({ id }) => id <= self.expect).sort((a, b) => a.id - b.id);
  const missing = Array.from({ length: self.expect }, (_, index) => index + 1).filter(
    (id) => !voters.some((voter) => voter.id === id),
  );
  if (missing.length > 0) {
    return wait(`replica ${missing.join(", ")} of the first ${self.expect} has not been found yet`);
  }
  const differing = voters.find(({ expect }) => expect !== self.expect);
  if (differing !== undefined) {
    return wait(
      `replica ${differing.id} expects ${differing.expect} voters, and this one ${self.expect}: set the same number`,
    );
  }
  if (self.id > self.expect) return wait(`replicas 1 to ${self.expect} have not formed the ensemble yet`);
  const hasAccepted = (voter: ReplicaInfo): boolean =>
    voter.stage === "accepted" && self.stage === "accepted" && isSameInitial(voter.initial, self.initial);
  if (self.stage === "accepted" && voters.every(hasAccepted) && hasSameDisks(self.initial, voters)) {
    return { type: "start", initial: self.initial };
  }
  if (self.id !== PROPOSER) return wait(`replica ${PROPOSER} has not proposed the configuration yet`);
  const rounds = voters.map((voter) => (voter.stage === "accepted" ? voter.initial.round : 0));
  const proposed = voters.map(({ id, disk, address }) => ({ id, disk, ...address }));
  return { type: "propose", initial: { round: Math.max(...rounds) + 1, voters: proposed } };
}

/** Returns the reason why a replica does not accept a proposed initial configuration; undefined if it does. */
export function refusalOf(initial: InitialConfiguration, self: ReplicaInfo): string | undefined {
  if (self.stage === "started") return "it has started";
  if (self.stage === "accepted" && !isSameInitial(initial, self.initial) && initial.round <= self.initial.round) {
    return `it has accepted proposal ${self.initial.round}, and this is ${initial.round}`;
  }
  if (initial.voters.length !== self.expect) return `it expects ${self.expect} voters, not ${initial.voters.length}`;
  const named = initial.voters.find(({ id }) => id === self.id);
  if (named?.disk !== self.disk) return `its data directory is another one than that of replica ${self.id} there`;
  return undefined;
}

/** The first voter that proposes; all must be there anyway. */
const PROPOSER = 1;

function wait(reason: string): BootstrapStep {
  return { type: "wait", reason };
}

function hasSameDisks({ voters }: InitialConfiguration, replicas: readonly ReplicaInfo[]): boolean {
  return voters.every(({ id, disk }) => replicas.some((other) => other.id === id && other.disk === disk));
}

function newest(texts: readonly string[]): string | undefined {
  const versionOf = (text: string): bigint => EnsembleConfiguration.parse(text).version;
  return texts.reduce<string | undefined>(
    (best, text) => (best !== undefined && versionOf(best) >= versionOf(text) ? best : text),
    undefined,
  );
}

function idsOf(replicas: readonly ReplicaInfo[]): string {
  return replicas.map(({ id }) => id).join(", ");
}
