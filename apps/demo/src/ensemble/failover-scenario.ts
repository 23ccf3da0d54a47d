import { pollUntil } from "../poll-until.js";
import type { Check, ScenarioSettings } from "../scenario.js";
import type { Failover, OwnEnsemble } from "./own-ensemble.js";
import { verdict } from "./verdict.js";
import { WriteProbe } from "./write-probe.js";

/** Kills the leading server of the demo's own ensemble while a client writes to it, and restarts that server later. */
export class FailoverScenario implements AsyncDisposable {
  readonly #ensemble: OwnEnsemble;
  readonly #settings: ScenarioSettings;
  readonly #probe: WriteProbe;
  #failover: Failover | undefined;

  private constructor(ensemble: OwnEnsemble, settings: ScenarioSettings, probe: WriteProbe) {
    this.#ensemble = ensemble;
    this.#settings = settings;
    this.#probe = probe;
  }

  /** Starts the client. The chroot of `settings.servers` is for it alone. */
  static async start(ensemble: OwnEnsemble, settings: ScenarioSettings): Promise<FailoverScenario> {
    return new FailoverScenario(ensemble, settings, await WriteProbe.start(settings.servers));
  }

  /** Kills the leader. Resolves when another one leads, the client writes, and the killed server has been restarted. */
  async run(): Promise<void> {
    const { signal } = this.#settings;
    const leader = await this.#ensemble.leader();
    const name = `server.${leader.id}`;
    this.#log(
      `kill -KILL ${leader.pid}: ${name}, the leader of the ensemble, is killed; the apps suspend all work under a grant`,
    );
    const failover = await this.#ensemble.failOver(leader);
    const { next, killedAt, servedAt } = failover;
    this.#failover = failover;
    this.#log(`server.${next} leads the ensemble ${((servedAt - killedAt) / 1000).toFixed(2)} s later`);
    await pollUntil("a write after the fail-over", signal, () => this.#probe.hasWrittenSince(servedAt) || undefined);
    await this.#ensemble.restart(leader.id);
    const pid = this.#ensemble.servers.find(({ id }) => id === leader.id)?.pid;
    this.#log(`${name} is restarted as process ${pid}; it follows, with the data that it missed`);
  }

  /** Stops the client and checks its record. */
  async judge(): Promise<readonly Check[]> {
    const { servers, sessionTimeoutMs, slackMs } = this.#settings;
    if (this.#failover === undefined) throw new Error("the verdict on the servers needs a fail-over");
    const chroot = servers.slice(servers.indexOf("/"));
    const record = await this.#probe.finish(this.#ensemble.servers.map(({ connectString }) => connectString + chroot));
    return verdict({ ...record, failover: this.#failover, limitMs: sessionTimeoutMs + slackMs });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#probe[Symbol.asyncDispose]();
  }

  #log(text: string): void {
    this.#settings.timeline.event(Date.now(), "ensemble", text);
  }
}
