import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "@conclave/runtime";
import { type Apache, javaArgs, writeLogSettings } from "@conclave/services";
import { eventually } from "@conclave/testing";
import { expect, onTestFinished } from "vitest";
import { DEPLOY_FOLDER } from "./deploy-files.ts";

const REPOSITORY = join(DEPLOY_FOLDER, "..");
const IDS = [1, 2, 3] as const;

/** Ports of a member in the order of {@link PORTS}, and one for the service itself. */
export const PORTS = { discovery: 2887, quorum: 2888, election: 3888, zookeeper: 2181, http: 3000 } as const;
type PortName = keyof typeof PORTS;

/** Command of a file as an engine would run it. */
export interface MemberCommand {
  readonly command: readonly string[];
  /** Commands that end before it starts. */
  readonly before?: readonly (readonly string[])[];
  readonly env: Readonly<Record<string, string>>;
  /** Text of zoo.cfg; none for embedded replicas. */
  readonly zooCfg?: string;
}

/** Probe as a command, or as a path of the discovery port. */
export type Probe = readonly string[] | string;

/** Three members of a file as processes on the loopback address: hosts, ports and folders are replaced, all else is the file's. */
export class LocalMembers {
  readonly #folder: string;
  readonly #ports: readonly number[];
  readonly #running = new Map<number, ChildProcess>();
  readonly #output = new Map<number, string>();

  private constructor(folder: string, ports: readonly number[]) {
    this.#folder = folder;
    this.#ports = ports;
  }

  /** Makes the folders, with `conclave` and `zkServer.sh` as programs. They are removed when the test has ended. */
  static async prepare(apache?: Apache): Promise<LocalMembers> {
    const folder = await mkdtemp(join(tmpdir(), "conclave-deploy-"));
    const members = new LocalMembers(folder, await freePorts(IDS.length * Object.keys(PORTS).length));
    onTestFinished(async () => {
      for (const [id, process] of members.#running) {
        process.kill("SIGKILL");
        await members.#ended(id);
      }
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    });
    for (const id of IDS)
      for (const name of ["data", "etc"]) await mkdir(join(folder, `${id}`, name), { recursive: true });
    await mkdir(join(folder, "bin"));
    await mkdir(join(folder, "app/node_modules/@conclave"), { recursive: true });
    await symlink(join(REPOSITORY, "packages/embedded"), join(folder, "app/node_modules/@conclave/embedded"));
    for (const file of ["app.js", "package.json"])
      await cp(join(DEPLOY_FOLDER, "embedded", file), join(folder, "app", file));
    await members.#program("conclave", [process.execPath, join(REPOSITORY, "packages/cli/bin/conclave.js")], '"$@"');
    await symlink(process.execPath, join(folder, "bin/node"));
    if (apache !== undefined) {
      await writeLogSettings(folder);
      const main = "org.apache.zookeeper.server.quorum.QuorumPeerMain";
      const java = [apache.java.command, ...javaArgs(apache.zookeeper.classpath, folder, main)];
      await members.#program("zkServer.sh", java, '"$2"');
    }
    return members;
  }

  portOf(id: number, name: PortName): number {
    return this.#ports[(id - 1) * Object.keys(PORTS).length + Object.keys(PORTS).indexOf(name)]!;
  }

  /** Addresses of the discovery ports. */
  get peers(): string {
    return IDS.map((id) => `127.0.0.1:${this.portOf(id, "discovery")}`).join(",");
  }

  /** Environment of an embedded replica: the file's, on this machine. */
  embeddedEnv(id: number, env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    const ports = (["discovery", "quorum", "election", "zookeeper"] as const).map((name) => this.portOf(id, name));
    return {
      ...env,
      ...{ CONCLAVE_HOST: "127.0.0.1", CONCLAVE_LISTEN: "127.0.0.1", CONCLAVE_PEERS: this.peers },
      ...{ CONCLAVE_PORTS: ports.join(","), PORT: `${this.portOf(id, "http")}` },
    };
  }

  /** Starts a member, and returns when its process runs. */
  async start(id: number, { command, before = [], env, zooCfg }: MemberCommand): Promise<void> {
    if (zooCfg !== undefined) await writeFile(join(this.#folder, `${id}`, "etc/zoo.cfg"), this.#localCfg(id, zooCfg));
    for (const each of before) expect(await this.#run(id, each, env)).toBe(0);
    const child = this.#spawn(id, command, env);
    this.#running.set(id, child);
    this.#output.set(id, "");
    const keep = (text: string): void => void this.#output.set(id, this.#output.get(id) + text);
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", keep);
    await once(child, "spawn");
  }

  /** Resolves with true if the probe succeeds now. */
  async probe(id: number, probe: Probe): Promise<boolean> {
    if (typeof probe !== "string") return (await this.#run(id, probe, {})) === 0;
    const url = `http://127.0.0.1:${this.portOf(id, "discovery")}${probe}`;
    return fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  /** Waits until the probe of each of these members gives this result. Rejects early if one of them ends. */
  async until(ids: readonly number[], probe: Probe, result: boolean): Promise<void> {
    for (const id of ids) {
      let ended = false;
      await eventually(
        async () => {
          ended = this.#running.get(id)?.exitCode != null;
          return ended || (await this.probe(id, probe)) === result;
        },
        { what: `the result ${result} of ${probe} on ${id}`, intervalMs: 50 },
      );
      expect(ended, this.#output.get(id)).toBe(false);
    }
  }

  /** Sends SIGTERM as the engines do. Resolves with the exit code. */
  async terminate(id: number): Promise<number | null> {
    this.#running.get(id)?.kill("SIGTERM");
    return this.#ended(id);
  }

  async #ended(id: number): Promise<number | null> {
    const child = this.#running.get(id)!;
    this.#running.delete(id);
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    return child.exitCode;
  }

  async #run(id: number, command: readonly string[], env: Readonly<Record<string, string>>): Promise<number | null> {
    const child = this.#spawn(id, command, env);
    child.stdout?.resume();
    child.stderr?.resume();
    const [code] = (await once(child, "close")) as [number | null];
    return code;
  }

  #spawn(id: number, command: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
    const [program = "", ...args] = command.map((each) => this.#local(id, each));
    const local = Object.fromEntries(Object.entries(env).map(([key, value]) => [key, this.#local(id, value)]));
    return spawn(program, args, {
      cwd: join(this.#folder, "app"),
      env: { PATH: `${join(this.#folder, "bin")}:${process.env.PATH}`, ...local },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** Replaces folders, programs and ports of a file. */
  #local(id: number, text: string): string {
    const own = join(this.#folder, `${id}`);
    return text
      .replace(/^\/(?:usr\/bin|opt\/zookeeper\/bin)\/(?=node|conclave|zkServer\.sh)/, `${join(this.#folder, "bin")}/`)
      .replaceAll(/(?<![\w/])\/etc\/(?:conclave|zookeeper)(?=\/)/g, join(own, "etc"))
      .replaceAll(/(?<![\w/])(?:\/data|\/var\/lib)(?=\/|$)/g, join(own, "data"))
      .replaceAll(/127\.0\.0\.1([/:])(2181|2887)\b/g, (_, separator: string, port: string) => {
        const name = port === "2181" ? "zookeeper" : "discovery";
        return `127.0.0.1${separator}${this.portOf(id, name)}`;
      });
  }

  #localCfg(id: number, zooCfg: string): string {
    const lines = this.#local(id, zooCfg)
      .replace(/^clientPort=2181$/m, `clientPort=${this.portOf(id, "zookeeper")}\nclientPortAddress=127.0.0.1`)
      .replace("quorumListenOnAllIPs=true\n", "");
    return lines.replaceAll(/^server\.(\d)=[\w.-]+:2888:3888$/gm, (_, n: string) => {
      return `server.${n}=127.0.0.1:${this.portOf(Number(n), "quorum")}:${this.portOf(Number(n), "election")}`;
    });
  }

  async #program(name: string, command: readonly string[], args: string): Promise<void> {
    const path = join(this.#folder, "bin", name);
    await writeFile(path, `#!/bin/sh\nexec ${command.map((each) => `'${each}'`).join(" ")} ${args}\n`);
    await chmod(path, 0o755);
  }
}
