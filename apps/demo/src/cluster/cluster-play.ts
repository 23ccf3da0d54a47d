import { fileURLToPath } from "node:url";
import { AppProcess } from "../app-process.js";
import type { Check } from "../check.js";
import type { Play, PlaySettings } from "../play.js";
import { until } from "../until.js";
import { type Sighting, verdict } from "./verdict.js";

const LIMIT_MS = 60_000;
const INSTANCES = 4;

/** What each process answers at /cluster/members. */
interface MembersAnswer {
  readonly members: readonly {
    readonly id: string;
    readonly url: string;
    readonly metadata: { readonly pid: string };
  }[];
  readonly leader: string | null;
}

/**
 * Several Express processes that know each other, who leads them, and who of them owns which key. The leader is killed: the
 * others see it, agree on the next, and share its keys among them.
 */
export class ClusterPlay implements Play {
  readonly #settings: PlaySettings;
  readonly #app: AppProcess;
  readonly #sightings: Sighting[] = [];
  #url = "";
  #killed: { readonly id: string; readonly at: number } | undefined;

  constructor(settings: PlaySettings) {
    this.#settings = settings;
    const main = fileURLToPath(import.meta.resolve("@conclave/express-cluster/main"));
    const args = ["--servers", settings.servers, "--instances", String(INSTANCES), "--port", "0"];
    const env = { SESSION_TIMEOUT_MS: String(settings.sessionTimeoutMs) };
    this.#app = new AppProcess(main, args, env, () => {});
  }

  async run(): Promise<void> {
    const { url } = await this.#app.message<{ readonly url: string }>();
    this.#url = url;
    const before = await this.#agreed(`all ${INSTANCES} processes to see each other`, INSTANCES);
    this.#tell(`${before.members.join(", ")} serve one page, at ${url}; ${before.leader} leads`);
    const victim = await this.#member(before.leader!);
    this.#tell(`kill -KILL ${victim.metadata.pid}: ${victim.id} is dead`);
    this.#killed = { id: victim.id, at: Date.now() };
    process.kill(Number(victim.metadata.pid), "SIGKILL");
    if (victim.url === this.#url) this.#url = (await this.#other(victim.id, before)) ?? this.#url;
    const after = await this.#agreed(`the others to see that ${victim.id} is gone`, INSTANCES - 1);
    this.#tell(`${after.members.join(", ")} are left; ${after.leader} leads, and the keys of ${victim.id} have owners`);
  }

  async recovered(): Promise<void> {
    const again = await this.#agreed("the processes to see each other again", INSTANCES - 1);
    this.#tell(`${again.members.join(", ")} see each other; ${again.leader} leads`);
  }

  async judge(): Promise<readonly Check[]> {
    const { sessionTimeoutMs } = this.#settings;
    return verdict({ sightings: this.#sightings, killed: this.#killed, sessionTimeoutMs });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#app.end("SIGTERM");
  }

  #urls: readonly string[] = [];

  /** Waits until `count` processes say the same of members, leader and owners, and records what they say. */
  async #agreed(what: string, count: number): Promise<Sighting> {
    const { signal } = this.#settings;
    const sighting = await until(what, { limitMs: LIMIT_MS, signal }, () => this.#look(count));
    this.#sightings.push(sighting);
    return sighting;
  }

  async #look(count: number): Promise<Sighting | undefined> {
    const first = await answer<MembersAnswer>(`${this.#url}/cluster/members`);
    if (first?.members.length !== count || first.leader === null) return undefined;
    this.#urls = first.members.map(({ url }) => url);
    const views = await Promise.all(
      this.#urls.map(async (url) => {
        const members = await answer<MembersAnswer>(`${url}/cluster/members`);
        const keys = await answer<{ readonly owners: Readonly<Record<string, string | null>> }>(`${url}/keys`);
        return { members: members?.members.map(({ id }) => id), leader: members?.leader, owners: keys?.owners };
      }),
    );
    const [view] = views;
    const isOne = views.every((each) => JSON.stringify(each) === JSON.stringify(view));
    if (!isOne || view?.members === undefined || view.owners === undefined) return undefined;
    return { at: Date.now(), members: view.members, leader: view.leader ?? null, owners: view.owners };
  }

  async #member(id: string): Promise<MembersAnswer["members"][number]> {
    const found = (await answer<MembersAnswer>(`${this.#url}/cluster/members`))?.members.find((each) => each.id === id);
    if (found === undefined) throw new Error(`${id} leads, and is no member`);
    return found;
  }

  async #other(id: string, { members }: Sighting): Promise<string | undefined> {
    return this.#urls[members.findIndex((each) => each !== id)];
  }

  #tell(text: string): void {
    this.#settings.timeline.event(Date.now(), "cluster", text);
  }
}

/** What a process answers; `undefined` where it cannot. */
async function answer<T>(url: string): Promise<T | undefined> {
  try {
    const response = await fetch(url);
    return response.ok ? ((await response.json()) as T) : undefined;
  } catch {
    return undefined;
  }
}
