/*
 * Records what a real Apache ZooKeeper client and server say to each other, and what Java's own classes say about it.
 * Run by hand; README.md says how. Needs a JDK 17 and ZooKeeper's jars. It frames the stream with its own few lines,
 * so that the recording owes nothing to the code that it tests.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, mkdtempDisposable, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ascii, CLASSPATH, compile, freePort, java, lines, listen, serving, startServer } from "./java.ts";

interface Frame {
  readonly connection: number;
  readonly from: "client" | "server";
  /** What the client was doing. */
  readonly step: string;
  /** The frame without its length. */
  readonly hex: string;
}

/** Passes bytes on, and keeps the frames. */
class Recorder {
  readonly frames: Frame[] = [];
  step = "";
  #held = false;
  #connections = 0;
  readonly #sockets = new Set<Socket>();
  /** The port of the server that new connections go to. */
  target: number;
  readonly server = createServer((socket) => this.#accept(socket));

  constructor(target: number) {
    this.target = target;
  }

  /** Ends every connection, and refuses new ones until {@link release}. */
  cut(): void {
    this.#held = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  release(): void {
    this.#held = false;
  }

  #accept(client: Socket): void {
    if (this.#held) {
      client.destroy();
      return;
    }
    const connection = ++this.#connections;
    const server = connect(this.target, "127.0.0.1");
    this.#pass(connection, "client", client, server);
    this.#pass(connection, "server", server, client);
  }

  #pass(connection: number, from: Frame["from"], source: Socket, target: Socket): void {
    let bytes = Buffer.alloc(0);
    this.#sockets.add(source);
    source.on("error", () => source.destroy());
    source.on("close", () => {
      this.#sockets.delete(source);
      target.end();
    });
    source.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0)) {
        const end = 4 + bytes.readInt32BE(0);
        this.frames.push({ connection, from, step: this.step, hex: bytes.toString("hex", 4, end) });
        bytes = bytes.subarray(end);
      }
      target.write(chunk);
    });
  }
}

/** For both sides of DIGEST-MD5. The client named "Wrong" gets the password wrong. */
const JAAS = [
  section("Server", 'user_guest="guest-password"'),
  section("Client", 'username="guest" password="guest-password"'),
  section("Wrong", 'username="guest" password="wrong"'),
].join("");

function section(name: string, options: string): string {
  return `${name} {\n  org.apache.zookeeper.server.auth.DigestLoginModule required ${options};\n};\n`;
}

/** Alone, as most of the recording needs it. */
const standalone = {
  extendedTypesEnabled: true,
  "authProvider.1": "org.apache.zookeeper.server.auth.SASLAuthenticationProvider",
};

/** An ensemble of one: it takes a reconfig, from anybody. */
const ensemble = async () => ({
  "server.1": `127.0.0.1:${await freePort()}:${await freePort()}:participant`,
  standaloneEnabled: false,
  reconfigEnabled: true,
  skipACL: "yes",
  initLimit: 10,
  syncLimit: 5,
});

function jaas(folder: string): string {
  return `-Djava.security.auth.login.config=${join(folder, "jaas.conf")}`;
}

/** Runs Capture.java and does as its lines say. */
async function play(
  recorder: Recorder,
  classes: string,
  folder: string,
  port: number,
  ensemblePort: number,
): Promise<void> {
  const proxy = await listen(recorder.server);
  const command = [jaas(folder), "-cp", `${classes}:${CLASSPATH}`, "Capture", `${proxy}`, `${port}`];
  const client = spawn("java", command, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(client, "exit");
  for await (const line of createInterface({ input: client.stdout })) {
    if (line === "cut") recorder.cut();
    else if (line === "release") recorder.release();
    else if (line === "ensemble") recorder.target = ensemblePort;
    else recorder.step = line.slice("step ".length);
    client.stdin.write("ok\n");
  }
  const [code] = await ended;
  recorder.server.close();
  recorder.cut();
  if (code !== 0) throw new Error(`Capture.java ended with ${code}`);
}

function members(values: Record<string, unknown>, text: (value: unknown) => string): string {
  return `{\n${Object.entries(values)
    .map(([name, value]) => `${JSON.stringify(name)}: ${text(value)}`)
    .join(",\n")}\n}\n`;
}

/** A server in a folder of its own, which goes with it. */
async function serve(port: number, more: object): Promise<{ folder: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), "golden-"));
  await writeFile(join(folder, "jaas.conf"), JAAS);
  const server = await startServer(folder, 1, { clientPort: port, tickTime: 500, ...more }, [jaas(folder)]);
  await serving(server, port);
  return {
    folder,
    async [Symbol.asyncDispose]() {
      server.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function record(classes: string): Promise<Recorder> {
  const [port, ensemblePort] = [await freePort(), await freePort()];
  await using alone = await serve(port, standalone);
  await using _ = await serve(ensemblePort, await ensemble());
  const recorder = new Recorder(port);
  await play(recorder, classes, alone.folder, port, ensemblePort);
  return recorder;
}

async function main(version: string): Promise<void> {
  await using temporary = await mkdtempDisposable(join(tmpdir(), "golden-classes-"));
  const classes = temporary.path;
  await compile(classes);
  const recorder = await record(classes);
  const { frames } = recorder;
  const input = frames.map(({ connection, from, hex }) => `${connection} ${from} ${hex}\n`).join("");
  const described = java(classes, "Describe", [], input).trimEnd().split("\n");
  const whole = frames.map((frame, i) => ({ ...frame, ...JSON.parse(described[i]!) }));
  const tables = JSON.parse(java(classes, "Tables", ["tables"]));
  const at = (name: string) => join(import.meta.dirname, name);
  await writeFile(at(`apache-${version}.json`), `${lines(whole)}\n`);
  const text = (value: unknown) => (Array.isArray(value) ? lines(value) : ascii(value));
  await writeFile(at(`tables-${version}.json`), members(tables, text));
  await writeFile(at(`paths-${version}.json`), members(JSON.parse(java(classes, "Tables", ["paths"])), ascii));
}

await main(process.argv[2] ?? "3.8.0");
