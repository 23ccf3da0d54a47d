import { fileURLToPath } from "node:url";
import { AppProcess } from "../app-process.js";
import { getJson } from "../get-json.js";
import { pollUntil } from "../poll-until.js";
import type { Check, Scenario, ScenarioSettings } from "../scenario.js";
import { type AgreedView, verdict } from "./verdict.js";

const INSTANCES = 4;

/** Answer of a process at /cluster/members. */
interface MembersAnswer {
  readonly members: readonly {
    readonly id: string;
    readonly url: string;
    readonly metadata: { readonly pid: string };
  }[];
  readonly leader: string | null;
}

/**
 * Several Express processes agree on the members, their leader and the owner of each key. The leader is killed: the others
 * notice, agree on the next leader and take over its keys.
 */
export class ClusterScenario implements Scenario {
  readonly #settings: ScenarioSettings;
  readonly #app: AppProcess;
  readonly #views: AgreedView[] = [];
  #url = "";
  #memberUrls: readonly string[] = [];
  #killed: { readonly id: string; readonly at: number } | undefined;

  constructor(settings: ScenarioSettings) {
    this.#settings = settings;
    const main = fileURLToPath(import.meta.resolve("@conclave/express-cluster/main"));
    this.#app = new AppProcess("express-cluster", main, {
      args: ["--servers", settings.servers, "--instances", String(INSTANCES), "--port", "0"],
      env: { SESSION_TIMEOUT_MS: String(settings.sessionTimeoutMs) },
    });
  }

  async run(): Promise<void> {
    const { url } = await this.#app.message<{ readonly url: string }>();
    this.#url = url;
    const before = await this.#agreement(INSTANCES);
    this.#log(`members: ${before.members.join(", ")}; leader: ${before.leader}; each serves the page at ${url}`);
    const leader = await this.#member(before.leader!);
    this.#log(`kill -KILL ${leader.metadata.pid}: ${leader.id}, the leader, is killed`);
    this.#killed = { id: leader.id, at: Date.now() };
    process.kill(Number(leader.metadata.pid), "SIGKILL");
    if (leader.url === this.#url) this.#url = this.#memberUrls.find((each) => each !== leader.url) ?? this.#url;
    const after = await this.#agreement(INSTANCES - 1);
    this.#log(`members: ${after.members.join(", ")}; leader: ${after.leader}; they own the keys of ${leader.id}`);
  }

  async recovered(): Promise<void> {
    const { members, leader } = await this.#agreement(INSTANCES - 1);
    this.#log(`members: ${members.join(", ")}; leader: ${leader}`);
  }

  async judge(): Promise<readonly Check[]> {
    const { sessionTimeoutMs, slackMs } = this.#settings;
    return verdict({ views: this.#views, killed: this.#killed, limitMs: sessionTimeoutMs + slackMs });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#app.end("SIGTERM");
  }

  /** Waits until `count` processes agree on members, leader and owners, and records their view. */
  async #agreement(count: number): Promise<AgreedView> {
    const subject = `${count} processes to agree on the members of the cluster`;
    const view = await pollUntil(subject, this.#settings.signal, () => this.#readView(count));
    this.#views.push(view);
    return view;
  }

  /** Returns the view of the cluster if it has `count` members and all of them have the same one. */
  async #readView(count: number): Promise<AgreedView | undefined> {
    const first = await getJson<MembersAnswer>(`${this.#url}/cluster/members`);
    if (first?.members.length !== count || first.leader === null) return undefined;
    this.#memberUrls = first.members.map(({ url }) => url);
    const views = await Promise.all(
      this.#memberUrls.map(async (url) => {
        const members = await getJson<MembersAnswer>(`${url}/cluster/members`);
        const keys = await getJson<{ readonly owners: Readonly<Record<string, string | null>> }>(`${url}/keys`);
        return { members: members?.members.map(({ id }) => id), leader: members?.leader, owners: keys?.owners };
      }),
    );
    const [view] = views;
    const isSame = views.every((each) => JSON.stringify(each) === JSON.stringify(view));
    if (!isSame || view?.members === undefined || view.owners === undefined) return undefined;
    return { at: Date.now(), members: view.members, leader: view.leader ?? null, owners: view.owners };
  }

  async #member(id: string): Promise<MembersAnswer["members"][number]> {
    const answer = await getJson<MembersAnswer>(`${this.#url}/cluster/members`);
    const found = answer?.members.find((each) => each.id === id);
    if (found === undefined) throw new Error(`${id} is the leader of the cluster but not one of its members`);
    return found;
  }

  #log(text: string): void {
    this.#settings.timeline.event(Date.now(), "cluster", text);
  }
}
