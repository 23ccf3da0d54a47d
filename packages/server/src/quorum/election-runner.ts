import {
  type ElectionAddress,
  JuteReader,
  JuteWriter,
  type Notification,
  type PeerState,
  ProtocolError,
  readNotification,
  writeNotification,
} from "@conclave/protocol";
import type { Clock, Logger, Timer } from "@conclave/runtime";
import { formatZxid } from "../tree/zxid.js";
import type { ServerAddress } from "../zab/configuration/member.js";
import type { QuorumSet } from "../zab/configuration/quorum-set.js";
import { Election } from "../zab/election/election.js";
import type { DecidedState, ElectionEvent, ElectionOptions, ElectionTimer } from "../zab/election/election-event.js";
import type { Vote } from "../zab/election/vote.js";
import { ElectionPort } from "./election-port.js";
import { configuredAddresses, type Locate } from "./learner-masters.js";
import type { Network } from "./network.js";

export interface ElectionRunnerOptions extends ElectionOptions {
  /** Host to listen on for other servers; by default that of this server in the configuration. */
  readonly listenHost?: string | undefined;
  /** Addresses to listen on while no configuration has this server: it is joining, and has heard of a later one without it. */
  readonly givenAddresses?: readonly ServerAddress[] | undefined;
  /** Returns the addresses at which a server is to be dialed. @default those of the configurations */
  readonly locate?: Locate | undefined;
  readonly network: Network;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called when this server has a leader, which may be itself. */
  readonly onDecided: (state: DecidedState, vote: Vote) => void;
  /** Called when a newer configuration was learned from another server. */
  readonly onConfiguration: (quorums: QuorumSet) => void;
}

/** Carries out the effects of {@link Election}: its port, its timers, and the bytes of its messages. */
export class ElectionRunner {
  readonly #options: ElectionRunnerOptions;
  readonly #election: Election;
  readonly #port: ElectionPort;
  readonly #timers = new Map<ElectionTimer, Timer>();

  constructor(options: ElectionRunnerOptions) {
    const { id, network, clock, logger, quorums } = options;
    this.#options = options;
    this.#election = new Election(options);
    const listen = this.#ownAddresses(quorums);
    if (listen.length === 0) {
      throw new RangeError(
        `server ${id} is not in the configuration of the ensemble, ${formatZxid(quorums.active.version)}; start it with the present configuration, its line added and its version included. If a reconfiguration has removed it, remove its data and let it join again`,
      );
    }
    this.#port = new ElectionPort({
      ...{ id, network, clock, logger, listen },
      addressesOf: (server) => this.#addressesOf(server),
      onMessage: (from, message) => this.#receive(from, message),
      onRefused: (server) => this.#take({ type: "unreachable", server }),
    });
  }

  /** The vote that this server proposes, or the one that was decided. */
  get vote(): Vote {
    return this.#election.vote;
  }

  /** What this server answers to servers that search for a leader; `looking` while it answers nothing. */
  get state(): PeerState {
    const { state } = this.#election;
    return state === "idle" || state === "finalizing" ? "looking" : state;
  }

  /** Resolves when the port listens. */
  listen(): Promise<void> {
    return this.#port.listen();
  }

  /** Searches for a leader. */
  start(zxid: bigint, epoch: number): void {
    this.#take({ type: "start", zxid, epoch });
  }

  /** Tells servers that are looking the epoch of the leader that was decided. */
  established(epoch: number): void {
    this.#take({ type: "established", epoch });
  }

  /** Takes the role that a reconfiguration has decided, without a search. */
  designated(leader: bigint, zxid: bigint): void {
    this.#take({ type: "designated", leader, zxid });
  }

  /** Uses these configurations from now on, and listens where the active one says. */
  configured(quorums: QuorumSet): void {
    const addresses = this.#ownAddresses(quorums);
    if (addresses.length > 0) this.#port.moveTo(addresses);
    this.#take({ type: "configured", quorums });
  }

  /** Stops answering until the next {@link start}. */
  stop(): void {
    this.#take({ type: "stop" });
  }

  async close(): Promise<void> {
    this.stop();
    await this.#port.close();
  }

  #ownAddresses(quorums: QuorumSet): readonly ElectionAddress[] {
    const { id, listenHost, givenAddresses = [] } = this.#options;
    const configured = quorums.ownAddresses(id);
    const own = (configured.length > 0 ? configured : givenAddresses).map(({ host, electionPort }) => ({
      host: listenHost ?? host,
      port: electionPort,
    }));
    // One for each port, if the host is the same for all.
    return own.filter(
      ({ host, port }, index) => own.findIndex((each) => each.host === host && each.port === port) === index,
    );
  }

  #addressesOf(server: bigint): ElectionAddress[] {
    const { locate = configuredAddresses } = this.#options;
    const addresses = locate(server, this.#election.quorums);
    return addresses.map(({ host, electionPort }) => ({ host, port: electionPort }));
  }

  #receive(from: bigint, message: Uint8Array): void {
    try {
      this.#take({ type: "notification", from, notification: readNotification(new JuteReader(message)) });
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#options.logger.warn("election: ignored a malformed notification", { server: from, error });
    }
  }

  #take(event: ElectionEvent): void {
    const { onDecided, onConfiguration, logger } = this.#options;
    for (const effect of this.#election.handle(event)) {
      switch (effect.type) {
        case "send":
          this.#port.send(effect.to, bytesOf(effect.notification));
          break;
        case "connectAll":
          this.#port.connectAll();
          break;
        case "setTimer":
          this.#setTimer(effect.name, effect.ms);
          break;
        case "cancelTimer":
          this.#timers.get(effect.name)?.cancel();
          break;
        case "adoptConfiguration":
          onConfiguration(this.#election.quorums);
          break;
        case "configurationRefused":
          logger.warn("election: ignored an invalid configuration", { server: effect.from, error: effect.error });
          break;
        case "decided":
          onDecided(effect.state, effect.vote);
          break;
        default:
          effect satisfies never;
      }
    }
  }

  #setTimer(name: ElectionTimer, ms: number): void {
    this.#timers.get(name)?.cancel();
    const event = (): ElectionEvent =>
      name === "resend" ? { type: "timer", name, delivered: this.#port.hasDelivered } : { type: "timer", name };
    this.#timers.set(
      name,
      this.#options.clock.setTimer(ms, () => this.#take(event())),
    );
  }
}

function bytesOf({ config, version: _version, ...notification }: Notification): Uint8Array {
  const out = new JuteWriter();
  writeNotification(out, { ...notification, config: config ?? "" });
  return out.take();
}
