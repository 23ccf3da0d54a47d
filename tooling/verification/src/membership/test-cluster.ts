import { connect, type ZooKeeper } from "@conclave/client";
import type { MembershipOptions } from "@conclave/membership";
import { eventually, type FaultProxy, startFaultProxy } from "@conclave/testing";
import { onTestFinished } from "vitest";
import type { ContractApp, EchoAnswer, StartContractApp, View } from "./contract-app.ts";

/** A member in a test. */
export interface TestMember extends ContractApp {
  readonly id: string;
}

/** Declares a test that has a cluster of its own. */
export type ClusterTest = (name: string, body: (cluster: TestCluster) => Promise<void>) => void;

/** Longer than a busy machine stops a process. No test waits for the end of such a session. */
const SESSION_MS = 60_000;
const BACKOFF = { initialMs: 20, maxMs: 100 };
/** Bounds that only a hang reaches. */
const PATIENT = { connectTimeoutMs: 60_000, proxyTimeoutMs: 60_000, closeTimeoutMs: 60_000 };

/** The cluster of one test: a chroot of its own, and members that drain at its end. */
export class TestCluster {
  readonly #start: StartContractApp;
  readonly #servers: string;
  readonly #chroot: string;

  private constructor(start: StartContractApp, servers: string, chroot: string) {
    this.#start = start;
    this.#servers = servers;
    this.#chroot = chroot;
  }

  /** Creates the chroot. `start` starts a member. */
  static async create(start: StartContractApp, servers: string, chroot: string): Promise<TestCluster> {
    await using zk = await connect(servers);
    await zk.create(chroot);
    return new TestCluster(start, servers, chroot);
  }

  /** Starts a member; it drains when the test is over. */
  async start(id: string, more: Partial<MembershipOptions> = {}, isCompressed = false): Promise<TestMember> {
    const connection = { servers: this.#servers + this.#chroot, connect: connectOptions };
    const options = { ...connection, ...PATIENT, group: "web", id, drainDelayMs: 0, ...more } as MembershipOptions;
    const app = await this.#start(options, isCompressed);
    onTestFinished(() => app.drain());
    return { id, url: app.url, server: app.server, drain: () => app.drain() };
  }

  /** Starts several members, which all have the same view; the first one leads. */
  async startAll(...ids: string[]): Promise<TestMember[]> {
    const members: TestMember[] = [];
    for (const id of ids) {
      members.push(await this.start(id));
      await this.agree(members);
    }
    return members;
  }

  /** Starts a member that reaches the ensemble through a proxy. */
  async startBehindProxy(id: string, more: Partial<MembershipOptions> = {}): Promise<[TestMember, FaultProxy]> {
    const proxy = await this.#startProxy();
    return [await this.start(id, { servers: proxy.connectString + this.#chroot, ...more } as MembershipOptions), proxy];
  }

  /** Starts a member that reaches the ensemble through a proxy, by a client that the test holds, too. */
  async startWithClient(id: string): Promise<[TestMember, FaultProxy, ZooKeeper]> {
    const proxy = await this.#startProxy();
    const client = await connect(proxy.connectString + this.#chroot, connectOptions);
    onTestFinished(() => client.close());
    return [await this.start(id, { servers: undefined, connect: undefined, client } as object), proxy, client];
  }

  /** Ends the session of a client on the servers, by closing it on another connection. */
  async endSession({ session }: ZooKeeper): Promise<void> {
    const other = await connect(this.#servers, { session });
    await other.close();
  }

  /** Waits until all members have the same view, with exactly these members and a leader. */
  agree(members: readonly TestMember[]): Promise<View> {
    const ids = members.map(({ id }) => id).sort();
    const view = async (): Promise<View> => {
      const views = await Promise.all(members.map(({ url }) => viewOf(url)));
      const [first] = views;
      for (const { members: seen, version, leader } of views) {
        if (JSON.stringify([...seen].sort()) !== JSON.stringify(ids)) throw new Error(`a member sees ${seen.join()}`);
        if (version !== first?.version) throw new Error("two members have different views");
        if (leader === null) throw new Error("no member leads");
      }
      return first!;
    };
    return eventually(view, { what: `one view of ${ids.join()} in all members` });
  }

  async #startProxy(): Promise<FaultProxy> {
    const [target = ""] = this.#servers.split(",");
    const proxy = await startFaultProxy({ target });
    // The member is drained first: later cleanups run before earlier ones.
    onTestFinished(() => proxy.close());
    return proxy;
  }
}

const connectOptions = { sessionTimeoutMs: SESSION_MS, backoff: BACKOFF };

/** Returns the view of the member at `url`. */
export async function viewOf(url: string): Promise<View> {
  return (await (await fetch(`${url}/view`)).json()) as View;
}

/** Sends a request, and does not follow redirects. */
export function ask(url: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { redirect: "manual", ...init });
}

/** Returns the JSON of a response. Rejects unless its status is a success. */
export async function echo(answer: Response): Promise<EchoAnswer> {
  if (!answer.ok) throw new Error(`the status is ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as EchoAnswer;
}

/** Returns the response of `/cluster/ready`, as in `200 ready`. */
export async function readiness(url: string): Promise<string> {
  const answer = await ask(`${url}/cluster/ready`);
  return `${answer.status} ${((await answer.json()) as { status: string }).status}`;
}
