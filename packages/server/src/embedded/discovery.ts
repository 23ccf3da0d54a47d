import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import type { Clock, Logger } from "@conclave/runtime";
import { type Network, tcpNetwork } from "../quorum/network.js";
import { DISCOVERY, MAX_MESSAGE_BYTES, parsed } from "./discovery-port.js";
import type { PeerAddress, PeerSource } from "./peers.js";
import { type InitialConfiguration, type ReplicaAddress, type ReplicaInfo, readReplicaInfo } from "./replica-info.js";
import type { Seals } from "./sealed.js";

export interface DiscoveryOptions {
  readonly name: string;
  readonly peers: PeerSource;
  readonly seals: Seals;
  /** TLS of the other replicas; undefined for plain HTTP. */
  readonly network: Pick<Network, "connect"> | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Time that another replica has for an answer, in milliseconds. */
const ANSWER_TIMEOUT_MS = 2_000;

/** Asks the other replicas of an ensemble, and remembers their addresses. */
export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #addresses = new Map<number, ReplicaAddress>();
  /** Problems that were logged, so that each is logged once until it has ended. */
  readonly #problems = new Map<string, string>();
  /** Where each disk answered last. */
  readonly #ports = new Map<string, PeerAddress>();

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  /** Returns the last known address of a replica. */
  addressOf(id: number): ReplicaAddress | undefined {
    return this.#addresses.get(id);
  }

  /** Asks all peers at once. Returns the answers of the replicas of this ensemble, the own one too if its address is among the peers. */
  async ask(): Promise<readonly ReplicaInfo[]> {
    const answers = await Promise.all((await this.#peers()).map((peer) => this.#askOne(peer)));
    const infos = new Map(answers.flatMap((info) => (info === undefined ? [] : [[info.disk, info] as const])));
    for (const { id, address } of infos.values()) this.#addresses.set(id, address);
    return [...infos.values()];
  }

  /** Sends a proposal to the replica with this disk. Returns the reason if it does not accept it. */
  async propose(disk: string, initial: InitialConfiguration): Promise<string | undefined> {
    const peer = this.#ports.get(disk);
    if (peer === undefined) return "its address is not known";
    try {
      const value = await this.#send(peer, "POST", DISCOVERY.bootstrap, JSON.stringify(initial));
      const { refused } = value as { readonly refused?: unknown };
      return refused === undefined ? undefined : String(refused);
    } catch (error) {
      return (error as Error).message;
    }
  }

  async #peers(): Promise<readonly PeerAddress[]> {
    try {
      const peers = await this.#options.peers();
      this.#solved("peers");
      return peers;
    } catch (error) {
      this.#report("peers", `cannot find the addresses of the other replicas: ${(error as Error).message}`);
      return [];
    }
  }

  async #askOne(peer: PeerAddress): Promise<ReplicaInfo | undefined> {
    const key = `${peer.host}:${peer.port}`;
    let value: unknown;
    try {
      value = await this.#send(peer, "GET", DISCOVERY.replica, "");
    } catch (error) {
      this.#options.logger.debug("a replica does not answer", { peer: key, error });
      return undefined;
    }
    const info = readReplicaInfo(value);
    const { name } = this.#options;
    if (info?.name === name) {
      this.#solved(key);
      this.#ports.set(info.disk, peer);
      return info;
    }
    const found = info === undefined ? "another program or a later version of Conclave" : `the ensemble "${info.name}"`;
    this.#report(key, `${key} is not a replica of the ensemble "${name}": found ${found}; correct the peers`);
    return undefined;
  }

  async #send({ host, port }: PeerAddress, method: string, path: string, body: string): Promise<unknown> {
    const { seals, clock, network = tcpNetwork } = this.#options;
    const nonce = randomUUID();
    const time = String(clock.wallTime());
    const asked: ClientRequest = request({
      ...{ host, port, method, path, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) },
      createConnection: () => network.connect({ host, port }) as Socket,
      headers: {
        [DISCOVERY.time]: time,
        [DISCOVERY.nonce]: nonce,
        [DISCOVERY.signature]: seals.request({ method, path, body }, time, nonce),
      },
    });
    asked.end(body);
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    const { statusCode: status = 0, headers } = response;
    const text = await limited(response);
    if (status !== 200 && status !== 409) throw new Error(`status ${status}: ${text.trim()}`);
    if (!seals.isAnswer(nonce, text, String(headers[DISCOVERY.signature] ?? ""))) {
      throw new Error("the signature is wrong: replicas need the same secret");
    }
    return parsed(text);
  }

  #report(key: string, problem: string): void {
    if (this.#problems.get(key) === problem) return;
    this.#problems.set(key, problem);
    this.#options.logger.warn(problem);
  }

  #solved(key: string): void {
    this.#problems.delete(key);
  }
}

/** Reads an answer; rejects if it is longer than any that a replica sends. */
async function limited(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_MESSAGE_BYTES) throw new Error("the answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
