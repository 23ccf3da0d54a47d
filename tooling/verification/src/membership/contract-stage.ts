import { connect } from "@conclave/client";
import type { MembershipOptions } from "@conclave/membership";
import { eventually } from "@conclave/testing";
import { onTestFinished } from "vitest";
import type { ContractApp, ContractHarness, ContractProxy, EchoAnswer } from "./contract-harness.ts";
import type { View } from "./view.ts";

/** A member in a test. */
export interface Player extends ContractApp {
  readonly id: string;
}

/** Declares a test that has a stage of its own. */
export type StagedTest = (name: string, body: (stage: ContractStage) => Promise<void>) => void;

const PATIENT_SESSION_MS = 15_000;
export const SHORT_SESSION_MS = 2_000;

/** Context of one test: a chroot of its own, and members that drain at its end. */
export class ContractStage {
  readonly #harness: ContractHarness;
  readonly #servers: string;

  private constructor(harness: ContractHarness, servers: string) {
    this.#harness = harness;
    this.#servers = servers;
  }

  static async open(harness: ContractHarness, path: string): Promise<ContractStage> {
    const zk = await connect(harness.connectString());
    await zk.create(path);
    await zk.close();
    return new ContractStage(harness, harness.connectString() + path);
  }

  /** Starts a member; it drains when the test is over. */
  async start(id: string, more: Partial<MembershipOptions> = {}): Promise<Player> {
    const app = await this.#harness.start({
      servers: this.#servers,
      group: "web",
      id,
      drainDelayMs: 0,
      closeTimeoutMs: 2_000,
      connect: { sessionTimeoutMs: PATIENT_SESSION_MS, backoff: { initialMs: 20, maxMs: 100 } },
      ...more,
    } as MembershipOptions);
    onTestFinished(() => app.drain());
    return { id, url: app.url, server: app.server, drain: () => app.drain() };
  }

  /** Starts several, which all see each other; the first one leads. */
  async startAll(...ids: string[]): Promise<Player[]> {
    const players: Player[] = [];
    for (const id of ids) {
      players.push(await this.start(id));
      await this.agree(players);
    }
    return players;
  }

  /** Starts a member that reaches the ensemble through a proxy. */
  async startShaky(id: string, more: Partial<MembershipOptions> = {}): Promise<[Player, ContractProxy]> {
    const [first = ""] = this.#servers.split(/[,/]/);
    const chroot = this.#servers.slice(this.#servers.indexOf("/"));
    const proxy = await this.#harness.startProxy(first);
    // The member is drained first: later cleanups run before earlier ones.
    onTestFinished(() => proxy.close());
    const connectOptions = { sessionTimeoutMs: SHORT_SESSION_MS, backoff: { initialMs: 20, maxMs: 50 } };
    const servers = proxy.connectString + chroot;
    return [await this.start(id, { servers, connect: connectOptions, ...more } as Partial<MembershipOptions>), proxy];
  }

  /** Waits until all see the same members, these, and a leader. */
  agree(players: readonly Player[]): Promise<View> {
    return eventually(async () => {
      const views = await Promise.all(players.map(({ url }) => viewOf(url)));
      const [first] = views;
      const ids = players.map(({ id }) => id).sort();
      for (const { members, version, leader } of views) {
        if (JSON.stringify([...members].sort()) !== JSON.stringify(ids)) throw new Error(`sees ${members.join()}`);
        if (version !== first?.version) throw new Error("they do not see the same");
        if (leader === null) throw new Error("nobody leads");
      }
      return first!;
    });
  }
}

/** Waits until `look` gives something. */
export function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  return eventually(look) as Promise<T>;
}

export async function viewOf(url: string): Promise<View> {
  return (await (await fetch(`${url}/view`)).json()) as View;
}

/** Asks without following redirects. */
export function ask(url: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { redirect: "manual", ...init });
}

export async function echo(answer: Response): Promise<EchoAnswer> {
  if (!answer.ok) throw new Error(`answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as EchoAnswer;
}

export async function readiness(url: string): Promise<string> {
  const answer = await ask(`${url}/cluster/ready`);
  return `${answer.status} ${((await answer.json()) as { status: string }).status}`;
}
