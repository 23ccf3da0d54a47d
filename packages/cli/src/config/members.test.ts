import { describe, expect, it } from "vitest";
import { ConfigError } from "./config-error.js";
import { type ParsedConfig, parseServerConfig } from "./server-config.js";

/** The zoo.cfg that the entry point of the official Docker image writes, with the myid 1. */
const official = `dataDir=/data
dataLogDir=/datalog
tickTime=2000
initLimit=5
syncLimit=2
autopurge.snapRetainCount=3
autopurge.purgeInterval=0
maxClientCnxns=60
standaloneEnabled=true
admin.enableServer=true
server.1=localhost:2888:3888;2181
`;
const minimal = "dataDir=/d\nclientPort=2181\n";

function parse(text: string, myId?: string): ParsedConfig {
  return parseServerConfig(text, "zoo.cfg", "/", [], (dataDir) => {
    expect(dataDir).toMatch(/^\/d/);
    return myId;
  });
}

function problems(text: string, myId?: string): string {
  try {
    parse(text, myId);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  return "none";
}

describe("a single line server.N", () => {
  it("serves alone at the port of the line, as in the official image", () => {
    const { config, warnings } = parse(official, "1");
    expect(config).toMatchObject({ dataDir: "/data", dataLogDir: "/datalog", clientPort: 2181, tickTimeMs: 2000 });
    expect(config.clientPortAddress).toBeUndefined();
    expect(warnings).toEqual([{ line: 11, message: "server.1 is the only server: it serves alone, without a quorum" }]);
  });

  it("serves at the address of the line", () => {
    const { config } = parse("dataDir=/d\nserver.7=a:1:2;127.0.0.1:2182\n", "7");
    expect(config).toMatchObject({ clientPort: 2182, clientPortAddress: "127.0.0.1" });
  });

  it.each([
    ["2", "it holds 2"],
    [undefined, "there is no such file"],
  ])("does not name the port where myid is %s", (myId, reason) => {
    expect(problems(official, myId)).toBe(
      `zoo.cfg: clientPort is missing: the port for clients, usually 2181; the port of server.1 counts where the file myid in /data holds 1, and ${reason}`,
    );
    expect(parse(`${official}clientPort=2182\n`, myId).config.clientPort).toBe(2182);
  });

  it("may name the same port as clientPort, and no other", () => {
    expect(parse(`${official}clientPort=2181\n`, "1").config.clientPort).toBe(2181);
    expect(parse(`${official}clientPort=2181\nclientPortAddress=0.0.0.0\n`, "1").config.clientPort).toBe(2181);
    expect(problems(`${official}clientPort=2182\n`, "1")).toMatch(
      /^zoo\.cfg:12: server\.1 serves clients at all addresses/,
    );
    expect(problems(`${official}clientPort=2181\nclientPortAddress=::1\n`, "1")).toContain("leave one of them out");
  });

  it("may name the port for clients with TLS, which needs a certificate", () => {
    const line = `dataDir=/data\nserver.1=a:2888:3888;2181;127.0.0.1:2281\n`;
    const keyStore = "ssl.keyStore.location=/k.pem\n";
    const { config } = parse(`${line}${keyStore}`, "1");
    expect(config).toMatchObject({ clientPort: 2181, secureClientPort: 2281, secureClientPortAddress: "127.0.0.1" });
    expect(problems(line, "1")).toContain("serves clients with TLS at 127.0.0.1, port 2281, and needs ssl.keyStore");
    expect(problems(`${line}${keyStore}secureClientPort=2282\n`, "1")).toContain(
      "but secureClientPort says all addresses",
    );
  });

  it("needs no port if clientPort is set", () => {
    expect(parse(`${minimal}server.1=a:2888:3888`).config.clientPort).toBe(2181);
  });

  it.each(["", "one", "1 "])("is refused where myid holds %j", (myId) => {
    expect(problems(official, myId)).toBe(
      `zoo.cfg: the file myid in /data holds "${myId}", and must hold the number of a server`,
    );
  });

  it("is refused if it is malformed or an observer", () => {
    expect(problems(`${minimal}server.1=a:2888`)).toMatch(
      /^zoo\.cfg:3: server\.1: "a:2888" is not a server's address; write host:quorumPort:electionPort/,
    );
    expect(problems(`${minimal}server.1=a:2888:3888:observer`)).toMatch(/^zoo\.cfg:3: server\.1 is an observer/);
  });

  it("is not mistaken for a system property", () => {
    const { warnings } = parseServerConfig(minimal, "zoo.cfg", "/", ["zookeeper.server.realm=EXAMPLE.ORG"]);
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining("server.realm")]);
  });
});

describe("members of an ensemble", () => {
  const three = `dataDir=/d
initLimit=20
server.1=a:2888:3888;2181
server.2=b:2888:3888;127.0.0.1:2182
server.3=c:2888:3888:observer
group.1=1:2
weight.2=3
`;

  it("are taken with the id in myid, and serve clients where the line of that id says", () => {
    const { config, warnings } = parse(three, "2");
    expect(config).toMatchObject({ clientPort: 2182, clientPortAddress: "127.0.0.1" });
    const servers = three.split("\n").slice(2, 7).join("\n");
    expect(config.ensemble).toEqual({ id: 2, servers, initLimit: 20, listenAddress: undefined });
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining("two servers are no safer")]);
    expect(parse(`${three}quorumListenOnAllIPs=true\n`, "1").config.ensemble?.listenAddress).toBe("0.0.0.0");
  });

  it.each([
    [undefined, "there is no such file"],
    ["4", 'it holds "4"'],
    ["two", 'it holds "two"'],
  ])("are refused where myid is %s", (myId, found) => {
    expect(problems(three, myId)).toBe(
      `zoo.cfg: the file myid in /d must hold the number of this server, one of 1, 2, 3, and ${found}`,
    );
  });

  it.each([
    ["sslQuorum", "ssl.quorum.keyStore.location=a.pem"],
    ["portUnification", "ssl.quorum.keyStore.location=a.pem"],
    ["quorum.auth.learnerRequireSasl", "quorum.auth.enableSasl=true\njava.security.auth.login.config=jaas.conf"],
  ])("need a further key with %s", (key, other) => {
    expect(problems(`${three}${key}=true\n`, "1")).toContain(`${key} needs ${other.split("=")[0]}`);
    expect(problems(`${three}${key}=true\n${other}\n`, "1")).toBe("none");
    expect(problems(`${three}${key}=false\n`, "1")).toBe("none");
  });

  it("are told which keys have no effect", () => {
    const { warnings } = parse(`${three}leaderServes=no\n`, "1");
    expect(warnings.map(({ message }) => message)).toContain("leaderServes has no effect in this version");
    const alone = parse(`${minimal}reconfigEnabled=true\n`).warnings;
    expect(alone).toEqual([
      { line: 3, message: "reconfigEnabled has no effect: a standalone server has no members to change" },
    ]);
  });

  it.each([
    ["server.x=a:1:2", "server.x: x is not the number of a server"],
    ["server.4=d:1:1", "server.4: port 1 is both its quorum port and its election port"],
    ["server.4=d:1:2;99999", 'server.4: "99999" is not an address for clients'],
    ["group.2=2:9", "9"],
  ])("are refused with the line %s", (line, message) => {
    expect(problems(`${three}${line}\n`, "1")).toContain(message);
  });

  it("may change while the ensemble runs, which the server then writes beside its zoo.cfg", () => {
    const { config } = parse(`${three}reconfigEnabled=true\n`, "1");
    expect(config.ensemble).toMatchObject({ reconfigEnabled: true, configFile: "/zoo.cfg" });
    expect(parse(three, "1").config.ensemble?.configFile).toBeUndefined();
  });
});

describe("lines server.N in a file of their own", () => {
  const members = "server.1=a:1:2;3\nserver.2=b:1:2;3\nserver.3=c:1:2;3\n";
  const dynamic = "dataDir=/d\nreconfigEnabled=true\ndynamicConfigFile=/zoo.cfg.dynamic.100000003\n";
  const read = (text: string, found: string): ParsedConfig =>
    parseServerConfig(
      text,
      "zoo.cfg",
      "/",
      [],
      () => "2",
      (path) => {
        expect(path).toBe("/zoo.cfg.dynamic.100000003");
        return found;
      },
    );

  it("are the members, with the version in the name of the file", () => {
    const { config } = read(dynamic, members);
    expect(config.clientPort).toBe(3);
    expect(config.ensemble).toMatchObject({ id: 2, configFile: "/zoo.cfg" });
    expect(config.ensemble?.servers?.split("\n").sort()).toEqual([...members.trim().split("\n"), "version=100000003"]);
  });

  it("have the version that the file itself names, if it does", () => {
    expect(read(dynamic, `${members}version=7\n`).config.ensemble?.servers).toMatch(/^version=7$/m);
  });

  it.each([
    ["another key", dynamic, "tickTime=5\n", "/zoo.cfg.dynamic.100000003:1: tickTime does not belong there"],
    ["lines in both files", `${dynamic}server.1=a:1:2\n`, members, "server.1 is in this file too"],
    ["a damaged file", dynamic, "server.1=\\u12\n", "/zoo.cfg.dynamic.100000003:1: "],
  ])("are refused with %s", (_, text, found, message) => {
    expect(() => read(text, found)).toThrow(`zoo.cfg:3: dynamicConfigFile: ${message}`);
  });

  it("are refused if the file cannot be read", () => {
    expect(problems(`${minimal}dynamicConfigFile=/none/here\n`)).toMatch(
      /^zoo\.cfg:3: dynamicConfigFile: cannot read the members: ENOENT.*\/none\/here/,
    );
  });
});
