import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { promisify, stripVTControlCharacters } from "node:util";
import { connect, type ZooKeeper } from "@conclave/client";
import { startServer } from "@conclave/server";
import { eventually, startTestServer, type TestServer } from "@conclave/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startReadOnlyProxy } from "../../test-support/read-only-proxy.js";
import { runShell, type ShellSettings } from "./run-shell.js";

let server: TestServer;
let zk: ZooKeeper;
let servers: string;
let count = 0;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  const chroot = `/test-${count++}`;
  await using bare = await connect(server.connectString);
  await bare.create(chroot);
  servers = server.connectString + chroot;
  zk = await connect(servers, { sessionTimeoutMs: 40_000 });
  return () => zk.close();
});

/** A shell that runs: its input, and what it has printed. */
function start(settings: Partial<ShellSettings> = {}, isTerminal = false) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const shell = { input, printed: "", complaints: [] as string[], code: Promise.resolve(-1), stop: () => {} };
  output.setEncoding("utf8").on("data", (text: string) => {
    shell.printed += text;
  });
  const none = { auth: undefined, sasl: undefined, ca: undefined, cert: undefined, key: undefined };
  shell.code = runShell(
    {
      servers,
      command: [],
      asJson: false,
      tls: false,
      connectTimeoutMs: 60_000,
      canBeReadOnly: false,
      ...none,
      ...settings,
    },
    {
      ...{ input, output, isTerminal },
      complain: (text) => void shell.complaints.push(text),
      onStopRequested: (callback) => {
        shell.stop = () => callback("SIGINT");
        return () => {};
      },
    },
  );
  return shell;
}

/** Runs one command; resolves with the lines that it printed. */
async function lines(...command: string[]): Promise<string[]> {
  const shell = start({ command });
  expect([await shell.code, shell.complaints]).toEqual([0, []]);
  return shell.printed.split("\n").slice(0, -1);
}

/** Runs one command with --json. */
async function objects(...command: string[]): Promise<Record<string, unknown>[]> {
  const shell = start({ command, asJson: true });
  expect([await shell.code, shell.complaints]).toEqual([0, []]);
  return shell.printed
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

/** Runs one command that fails; resolves with its message. */
async function failure(...command: string[]): Promise<string> {
  const shell = start({ command });
  expect(await shell.code).toBe(1);
  expect(shell.printed).toBe("");
  return shell.complaints.join("\n");
}

describe("a command of the shell", () => {
  it("ls lists names, paths with -R, and sizes with -l, in order", async () => {
    for (const path of ["/b", "/a", "/a/x"]) await zk.create(path, "data");
    expect(await lines("ls")).toEqual(["a", "b"]);
    expect(await lines("ls", "-R", "/")).toEqual(["/", "/a", "/a/x", "/b"]);
    expect(await lines("ls", "-l", "/")).toEqual([
      "a  4 bytes  1 children  version 0",
      "b  4 bytes  0 children  version 0",
    ]);
    expect(await objects("ls", "/a/")).toEqual([{ path: "/a/x" }]);
  });

  it("shows names and data with control characters as escapes, in text and in JSON", async () => {
    await zk.create("/a\u202eb,c", "\u001b]0;title\u0007");
    expect(await lines("ls")).toEqual([String.raw`"a\u202eb,c"`]);
    expect(await lines("get", "/a\u202eb,c")).toEqual([String.raw`\u001b]0;title\u0007`]);
    for (const command of [
      ["ls", "--json"],
      ["get", "--json", "/a\u202eb,c"],
      ["du", "/"],
      ["find", "/", "b"],
    ]) {
      const shell = start({ command });
      expect(await shell.code).toBe(0);
      expect(shell.printed).toMatch(/^[\n -~]+$/);
    }
    expect(await failure("get", "/nothing\u202e")).toMatch(/^"\/nothing\\u202e" does not exist/);
  });

  it("get prints data, the Stat with -s, and bytes as they are with --raw", async () => {
    await zk.create("/a", Buffer.from([0xff, 0x0a]));
    await zk.create("/none");
    expect(await lines("get", "/a")).toEqual(["(2 bytes that are not UTF-8, in base64) /wo="]);
    expect(await lines("get", "/none")).toEqual(["(no data)"]);
    const { stat } = await zk.getData("/a");
    expect(await lines("get", "-s", "/a")).toContain(`mzxid           0x${stat.mzxid.toString(16)}`);
    expect(await lines("stat", "/a")).toContain("dataLength      2");
    expect(await objects("get", "/a")).toMatchObject([{ path: "/a", data: "/wo=", stat: { version: 0 } }]);
    const [input, output] = [new PassThrough(), new PassThrough()];
    const none = {
      auth: undefined,
      sasl: undefined,
      ca: undefined,
      cert: undefined,
      key: undefined,
      tls: false,
      asJson: false,
    };
    const raw = { servers, command: ["get", "--raw", "/a"], connectTimeoutMs: 60_000, canBeReadOnly: false, ...none };
    const context = { input, output, isTerminal: false, complain: expect.unreachable, onStopRequested: () => () => {} };
    await runShell(raw, context);
    expect(output.read()).toEqual(Buffer.from([0xff, 0x0a]));
  });

  it("set writes text, a file or nothing, and only over the expected version", async () => {
    await zk.create("/a");
    expect(await lines("set", "/a", "two words")).toEqual(["version 1"]);
    expect((await zk.getData("/a")).data?.toString()).toBe("two words");
    expect(await failure("set", "/a", "x", "--version", "0")).toBe(
      "/a has another version than the one given: stat shows it",
    );
    expect(await lines("set", "/a", "--file", import.meta.filename)).toEqual(["version 2"]);
    expect((await zk.getData("/a")).data).toEqual(readFileSync(import.meta.filename));
    expect(await lines("set", "--null", "/a")).toEqual(["version 3"]);
    expect((await zk.getData("/a")).data).toBe(null);
    expect(await failure("set", "/a")).toContain("pass text, --file <file>, or --null for none");
    expect(await failure("set", "/a", "text", "--file", "f")).toContain("given twice");
  });

  it("create makes znodes of each kind, with parents and with an ACL", async () => {
    expect(await lines("create", "-p", "/a/b/c", "data", "--acl", "world:anyone:r")).toEqual(["/a/b/c"]);
    expect(await lines("acl", "/a/b/c")).toEqual(["world:anyone:r"]);
    expect(await lines("create", "-s", "/q-", "1")).toEqual([expect.stringMatching(/^\/q-\d{10}$/)]);
    expect(await lines("create", "--container", "/box")).toEqual(["/box"]);
    expect(await objects("create", "/json")).toMatchObject([{ path: "/json", stat: { ephemeralOwner: "0x0" } }]);
    expect(await failure("create", "/json")).toBe("/json exists already: set changes its data");
    expect(await failure("create", "/no/parent")).toContain("create --parents creates all");
    expect(await failure("create", "-e", "/e")).toContain("an ephemeral znode would end with this command");
    expect(await failure("create", "-c", "--ttl", "5", "/e")).toContain(
      "either --ephemeral, --container or one with --ttl",
    );
    expect(await failure("create", "--acl", "world", "/e")).toContain('"world" is no entry of an ACL');
  });

  it("delete and deleteall delete one znode, or all below it, and never the root", async () => {
    for (const path of ["/a", "/a/x", "/b"]) await zk.create(path);
    expect(await failure("delete", "/a")).toBe("/a has children: deleteall deletes them too");
    expect(await lines("delete", "/b", "--version", "0")).toEqual(["deleted /b"]);
    expect(await lines("deleteall", "/a")).toEqual(["deleted /a and all znodes below it"]);
    expect(await zk.getChildren("/")).toEqual([]);
    expect(await failure("deleteall", "/a")).toBe("/a does not exist");
    expect(await failure("deleteall", "/")).toContain("/ cannot be deleted");
  });

  it("find and du search and sum the znodes below a path", async () => {
    for (const path of ["/app", "/app/lock-1", "/app/job", "/lock-2"]) await zk.create(path, "12345");
    expect(await lines("find", "/", "lock")).toEqual(["/app/lock-1", "/lock-2"]);
    expect(await lines("find", "--regex", "/", "^lock-[1]$")).toEqual(["/app/lock-1"]);
    expect(await failure("find", "--regex", "/", "(")).toContain("Invalid regular expression");
    expect(await lines("du")).toEqual([
      "15 bytes  3 znodes  /app",
      "5 bytes  1 znodes  /lock-2",
      "20 bytes  5 znodes  /",
    ]);
  });

  it("acl replaces a list, and an identity of --auth is needed then", async () => {
    await zk.create("/a", "secret");
    const [entry] = await lines("acl", "/a", "auth::cdrwa").catch(() => [undefined]);
    expect(entry).toBeUndefined();
    const auth = "ann:secret";
    const locked = start({ command: ["acl", "/a", "auth::cdrwa"], auth });
    expect(await locked.code).toBe(0);
    expect(locked.printed).toMatch(/^digest:ann:\S+:cdrwa\n$/);
    expect(await failure("get", "/a")).toContain("/a: not permitted; acl shows the permissions");
    const read = start({ command: ["get", "/a"], auth });
    expect(await read.code).toBe(0);
    expect(read.printed).toBe("secret\n");
  });

  it("watch prints changes, of all znodes below with -R, until Ctrl-C", async () => {
    const watching = start({ command: ["watch", "-R", "/"] });
    await eventually(() => watching.printed.includes("watching /\n"), { what: "the watch" });
    await zk.create("/a");
    await eventually(() => watching.printed.includes("nodeCreated /a\n"), { what: "the event" });
    watching.stop();
    expect(await watching.code).toBe(0);
    const counted = start({ command: ["watch", "--events", "1", "/a"], asJson: true });
    await eventually(() => counted.printed.includes("started"), { what: "the watch" });
    await zk.setData("/a", "x");
    expect(await counted.code).toBe(0);
    expect(JSON.parse(counted.printed.trimEnd().split("\n").at(-1)!)).toMatchObject({
      type: "nodeDataChanged",
      path: "/a",
    });
  });

  it("names what is wrong with its arguments, and the nearest name", async () => {
    expect(await failure("lss")).toBe("lss is no command of the shell: did you mean ls?");
    expect(await failure("ls", "--recursiv", "/")).toBe(
      "ls: unknown option --recursiv (did you mean --recursive?); usage: ls [-R] [-l] [path]",
    );
    expect(await failure("get")).toBe("get: an argument is missing; usage: get [-s] [--raw] <path>");
    expect(await failure("set", "/a", "two", "words")).toContain(
      "words is one argument too many (quote text with spaces)",
    );
    expect(await failure("get", "a")).toBe("a is no path: paths begin with /");
    expect(await failure("delete", "/a", "--version", "x")).toBe("--version is x, and must be a whole number");
    expect(await failure("history")).toBe("history: a shell with a command has none");
  });

  it("says which server does not answer, which connect string is invalid, and which chroot does not exist", async () => {
    const unreachable = start({ servers: "127.0.0.1:1", command: ["ls"], connectTimeoutMs: 200 });
    expect(await unreachable.code).toBe(1);
    expect(unreachable.complaints.join()).toMatch(/127\.0\.0\.1:1: no session within 200 ms.*Is the address right/);
    const invalid = start({ servers: "http://x", command: ["ls"] });
    expect(await invalid.code).toBe(1);
    expect(invalid.complaints).toEqual(['connect: a scheme is not allowed in the connect string "http://x"']);
    const chroot = start({ servers: `${server.connectString}/nowhere`, command: ["ls"] });
    expect(await chroot.code).toBe(1);
    expect(chroot.complaints.join()).toContain("the chroot /nowhere does not exist");
  });
});

describe("a shell that reads lines", () => {
  it("runs them in order without a prompt, goes on after an error, and ends with exit code 1 then", async () => {
    const shell = start();
    shell.input.end("create -e /e 'two words'\nget /e\nnonsense\n\nget 'open\nls \"/\"\nhistory\nexit\nls /never\n");
    expect(await shell.code).toBe(1);
    expect(shell.printed).toBe(
      "/e\ntwo words\ne\n   1  create -e /e 'two words'\n   2  get /e\n   3  nonsense\n   4  \n   5  get 'open\n   6  ls \"/\"\n   7  history\n",
    );
    expect(shell.complaints).toEqual([
      "nonsense is no command of the shell: help lists them",
      "' at character 5 does not end: add another one",
    ]);
    expect(await zk.exists("/e")).toBe(null);
  });

  it("describes its commands", async () => {
    const shell = start();
    shell.input.end("help\nhelp get\nacl --help\n");
    expect(await shell.code).toBe(0);
    for (const name of "ls get set create delete deleteall stat watch find du acl history help".split(" ")) {
      expect(shell.printed).toMatch(new RegExp(`^${name}\\b`, "m"));
    }
    expect(shell.printed.match(/^get \[-s\]/gm)).toHaveLength(2);
    expect(shell.printed.match(/^acl <path>/gm)).toHaveLength(2);
  });

  it("completes commands and paths at TAB on a terminal, and ends at Ctrl-C", async () => {
    for (const path of ["/app", "/app/alpha", "/app/beta", "/other"]) await zk.create(path, "found");
    const shell = start({}, true);
    const shows = (text: string): Promise<unknown> =>
      eventually(() => stripVTControlCharacters(shell.printed).includes(text), { what: JSON.stringify(text) });
    await shows(`${servers}> `);
    shell.input.write("ge\t");
    await shows("> get ");
    shell.input.write("/ap\t");
    await shows("> get /app");
    shell.input.write("/al\t");
    await shows("> get /app/alpha");
    shell.input.write("\r");
    await shows("found\n");
    shell.input.write("get /app/\t");
    await shows("> get /app/");
    shell.input.write("\t");
    await shows("/app/beta");
    shell.input.write("\u0003");
    expect(await shell.code).toBe(0);
  });

  it("ends a command at Ctrl-C and goes on, and ends at Ctrl-D", async () => {
    const shell = start({}, true);
    await eventually(() => shell.printed.includes("> "), { what: "the prompt" });
    shell.input.write("watch /\r");
    await eventually(() => shell.printed.includes("watching /"), { what: "the watch" });
    shell.input.write("\u0003");
    shell.input.write("create /after\r");
    await eventually(() => zk.exists("/after"), { what: "the znode" });
    shell.input.write("\u0004");
    expect(await shell.code).toBe(0);
    expect(shell.complaints).toEqual([]);
  });
});

describe("a server without a quorum", () => {
  it("answers the shell's reads only with --readonly, which warns", async () => {
    await zk.create("/a", "kept");
    const proxy = await startReadOnlyProxy(server.connectString);
    const chroot = servers.slice(servers.indexOf("/"));
    const refused = start({ servers: proxy.servers + chroot, command: ["get", "/a"], connectTimeoutMs: 300 });
    expect([await refused.code, refused.printed]).toEqual([1, ""]);
    const shell = start({ servers: proxy.servers + chroot, command: ["get", "/a"], canBeReadOnly: true });
    expect([await shell.code, shell.printed]).toEqual([0, "kept\n"]);
    expect(shell.complaints).toEqual([expect.stringContaining("no server has a quorum")]);
  });

  it("refuses the shell's writes until there is a quorum again, which the shell reports", async () => {
    const proxy = await startReadOnlyProxy(server.connectString);
    const chroot = servers.slice(servers.indexOf("/"));
    const shell = start({ servers: proxy.servers + chroot, canBeReadOnly: true });
    shell.input.write("create /a\n");
    await eventually(() =>
      expect(shell.complaints.at(-1)).toMatch(/^\/a: the server has no quorum and refuses writes/),
    );
    proxy.joinEnsemble();
    await eventually(() => expect(shell.complaints.at(-1)).toContain("writes are possible"));
    shell.input.end("create /a\n");
    expect([await shell.code, shell.printed]).toEqual([1, "/a\n"]);
  });
});

it("the shell connects by TLS, with a certificate of its own if the server asks for one", async () => {
  const folder = mkdtempSync(join(tmpdir(), "conclave-shell-tls-"));
  const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  try {
    await promisify(execFile)("openssl", [
      ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=test".split(" "),
      ...["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", keyFile, "-out", certFile],
    ]);
    const [key, cert] = [readFileSync(keyFile, "utf8"), readFileSync(certFile, "utf8")];
    await using secure = await startServer({ secureClientPort: 0, tls: { key, cert, ca: cert } });
    const at = { servers: `127.0.0.1:${secure.securePort}`, command: ["ls"] };
    const trusted = start({ ...at, ca: certFile, cert: certFile, key: keyFile });
    expect([await trusted.code, trusted.printed]).toEqual([0, "zookeeper\n"]);
    const plain = start({ servers: server.connectString, command: ["ls"], tls: true, connectTimeoutMs: 500 });
    expect(await plain.code).toBe(1);
    expect(plain.complaints.join()).toContain("TLS");
    const missing = start({ ...at, ca: join(folder, "missing.pem") });
    expect(await missing.code).toBe(1);
    expect(missing.complaints.join()).toContain("missing.pem");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it("the shell authenticates by SASL, and says how the option is written", async () => {
  await using strict = await startServer({ saslUsers: { ann: "a:secret" }, sessionRequireClientSaslAuth: true });
  const known = start({ servers: strict.connectString, command: ["ls"], sasl: "ann:a:secret" });
  expect([await known.code, known.printed]).toEqual([0, "zookeeper\n"]);
  const wrong = start({ servers: strict.connectString, command: ["ls"], sasl: "ann:other" });
  expect(await wrong.code).toBe(1);
  const malformed = start({ servers: strict.connectString, command: ["ls"], sasl: "ann" });
  expect([await malformed.code, malformed.complaints.join()]).toEqual([
    1,
    expect.stringContaining("<user>:<password>"),
  ]);
});
