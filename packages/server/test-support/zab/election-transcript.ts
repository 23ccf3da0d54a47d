import { type Notification } from "@conclave/protocol";
import { EnsembleConfiguration } from "../../src/zab/configuration/ensemble-configuration.js";
import { QuorumSet } from "../../src/zab/configuration/quorum-set.js";
import { Election } from "../../src/zab/election/election.js";
import type { ElectionEffect, ElectionEvent, ElectionOptions } from "../../src/zab/election/election-event.js";
import { NO_VOTE, type Vote } from "../../src/zab/election/vote.js";

/** Returns a configuration with these voters, then these observers, then more lines of its text. */
export function ensembleOf(
  voters: readonly number[],
  { observers = [], version = 0, lines = [] }: { observers?: number[]; version?: number; lines?: string[] } = {},
): EnsembleConfiguration {
  const servers = voters.map((id) => `server.${id}=s${id}:2888:3888`);
  const others = observers.map((id) => `server.${id}=s${id}:2888:3888:observer`);
  return EnsembleConfiguration.parse([...servers, ...others, ...lines, `version=${version.toString(16)}`].join("\n"));
}

/** Returns a notification of version 2 with the text of a configuration. */
export function notificationOf(
  state: Notification["state"],
  vote: { leader: number; zxid?: number; epoch?: number; round?: number },
  configuration: EnsembleConfiguration | string | undefined,
  version = 2,
): Notification {
  return {
    state,
    leader: BigInt(vote.leader),
    zxid: BigInt(vote.zxid ?? 0),
    electionEpoch: BigInt(vote.round ?? 1),
    peerEpoch: BigInt(vote.epoch ?? 0),
    version,
    config: configuration?.toString(),
  };
}

/** Servers whose elections exchange notifications in memory. Each event is one line, with its effects after an arrow. */
export class ElectionTranscript {
  readonly #elections = new Map<bigint, Election>();
  readonly #lines: string[] = [];
  /** Messages on their way, oldest first. A message replaces one from the same sender to the same receiver, as in Apache. */
  #messages: { from: bigint; to: bigint; notification: Notification }[] = [];

  /** @param options settings of all servers; `configuration` is the active one */
  constructor(ids: readonly number[], { configuration, proposed, ...options }: TranscriptOptions) {
    for (const id of ids) this.join(id, { configuration, proposed, ...options });
  }

  /** Adds a server, or replaces it as a restart does: it has forgotten its round and its votes. */
  join(id: number, { configuration, proposed, ...options }: TranscriptOptions): void {
    const quorums = new QuorumSet(configuration, proposed);
    this.#elections.set(BigInt(id), new Election({ id: BigInt(id), quorums, ...options }));
  }

  /** Lets the servers start at the given last zxid and epoch. */
  start(ids: readonly number[], { zxid = 0, epoch = 0 } = {}): this {
    for (const id of ids) this.take(id, { type: "start", zxid: BigInt(zxid), epoch });
    return this;
  }

  /** Gives a server a notification from a server that is not part of the transcript. */
  hear(id: number, from: number, notification: Notification): this {
    return this.take(id, { type: "notification", from: BigInt(from), notification });
  }

  /** Gives an event to a server. */
  take(id: number, event: ElectionEvent): this {
    const effects = this.election(id).handle(event);
    for (const effect of effects) if (effect.type === "send") this.#post(BigInt(id), effect.to, effect.notification);
    const shown = shownEffects(effects);
    this.#lines.push(`${id} ${shownEvent(event)}${shown === "" ? "" : ` -> ${shown}`}`);
    return this;
  }

  /** Delivers messages, oldest first, until there are none. Messages to servers that do not exist are lost. */
  deliver(): this {
    for (let next = this.#messages.shift(); next !== undefined; next = this.#messages.shift()) {
      const { from, to, notification } = next;
      if (this.#elections.has(to)) this.take(Number(to), { type: "notification", from, notification });
    }
    return this;
  }

  /** Loses all messages on their way. */
  lose(): this {
    this.#messages = [];
    return this;
  }

  election(id: number): Election {
    return this.#elections.get(BigInt(id))!;
  }

  /** Returns the lines since the last call. */
  text(): string {
    return this.#lines.splice(0).join("\n");
  }

  #post(from: bigint, to: bigint, notification: Notification): void {
    const waiting = this.#messages.find((message) => message.from === from && message.to === to);
    if (waiting === undefined) this.#messages.push({ from, to, notification });
    else waiting.notification = notification;
  }
}

type TranscriptOptions = Omit<ElectionOptions, "id" | "quorums"> & {
  readonly configuration: EnsembleConfiguration;
  readonly proposed?: EnsembleConfiguration | undefined;
};

/** Returns an event in words. */
export function shownEvent(event: ElectionEvent): string {
  switch (event.type) {
    case "start":
      return `starts (epoch ${event.epoch}, zxid ${shownNumber(event.zxid)})`;
    case "notification":
      return `hears ${event.from} ${shownNotification(event.notification)}`;
    case "timer":
      return event.name === "finalize" ? "finalizes" : event.delivered ? "resends" : "resends, nothing was delivered";
    case "unreachable":
      return `cannot reach ${event.server}`;
    case "established":
      return `is in epoch ${event.epoch}`;
    case "designated":
      return `is led by ${event.leader} from zxid ${shownNumber(event.zxid)} on`;
    case "configured":
      return `is configured ${event.quorums.configurations.map(({ version }) => `v${version}`).join(" and ")}`;
    case "stop":
      return "stops";
  }
}

/** Returns effects in words. Equal notifications to several servers are one effect. */
export function shownEffects(effects: readonly ElectionEffect[]): string {
  const shown: { text: string; to?: bigint[] }[] = [];
  for (const effect of effects) {
    if (effect.type !== "send") shown.push({ text: shownEffect(effect) });
    else {
      const text = shownNotification(effect.notification);
      const last = shown.at(-1);
      if (last?.to !== undefined && last.text === text) last.to.push(effect.to);
      else shown.push({ text, to: [effect.to] });
    }
  }
  return shown.map(({ text, to }) => (to === undefined ? text : `to ${to.join(",")} ${text}`)).join("; ");
}

function shownEffect(effect: Exclude<ElectionEffect, { type: "send" }>): string {
  switch (effect.type) {
    case "connectAll":
      return "connect all";
    case "setTimer":
      return `${effect.name} in ${effect.ms}`;
    case "cancelTimer":
      return `no ${effect.name}`;
    case "decided":
      return `DECIDED ${effect.state} ${shownVote(effect.vote)}`;
    case "adoptConfiguration":
      return `adopt v${effect.configuration.version}`;
    case "configurationRefused":
      return `refuse configuration of ${effect.from}: ${effect.error.message}`;
  }
}

function shownNotification(notification: Notification): string {
  return `${notification.state} ${shownVote(notification)}`;
}

/** Leader, epoch and zxid of the leader, round. */
function shownVote({ leader, zxid, electionEpoch, peerEpoch }: Vote): string {
  if (leader === NO_VOTE) return `no vote r${electionEpoch}`;
  return `${leader}(${shownNumber(peerEpoch)},${shownNumber(zxid)}) r${electionEpoch}`;
}

function shownNumber(value: bigint): string {
  return value < 0n || value < 10n ? String(value) : `0x${value.toString(16)}`;
}
