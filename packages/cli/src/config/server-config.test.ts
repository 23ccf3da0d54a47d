import { describe, expect, it } from "vitest";
import { ConfigError } from "./config-error.js";
import { type ParsedConfig, parseServerConfig } from "./server-config.js";

const minimal = "dataDir=/d\nclientPort=2181\n";
const parse = (text: string): ParsedConfig => parseServerConfig(text, "zoo.cfg", "/base");
const warnings = (lines: string): string[] =>
  parse(minimal + lines).warnings.map(({ line, message }) => `${line}: ${message}`);

function problems(text: string): string {
  try {
    parse(text);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  return "none";
}

describe("a configuration", () => {
  it("needs a folder and a port, and uses the server's defaults for the rest", () => {
    const { config, warnings: none } = parse(minimal);
    expect(none).toEqual([]);
    expect(config).toMatchObject({ dataDir: "/d", clientPort: 2181 });
    const { tlsProperties, quorumTlsProperties, admin, sessionSecret, ...rest } = config;
    expect([tlsProperties, quorumTlsProperties]).toEqual([{}, {}]);
    expect(admin).toBeDefined();
    expect(sessionSecret).toBe(false);
    expect(Object.values(rest).filter((value) => value !== undefined)).toHaveLength(2);
  });

  it("may set all options, in ZooKeeper's units", () => {
    const text = `
      dataDir = data
      dataLogDir = /logs
      clientPort = 0
      clientPortAddress = ::1
      tickTime = 200
      minSessionTimeout = 1000
      maxSessionTimeout = 60000
      maxClientCnxns = 0
      snapCount = 5000
      preAllocSize = 1024
      forceSync = no
      jute.maxbuffer = 4194304
      4lw.commands.whitelist = ruok, srvr`;
    const { config, warnings: none } = parse(text);
    expect(none).toEqual([]);
    expect(config).toEqual({
      dataDir: "/base/data",
      dataLogDir: "/logs",
      clientPort: 0,
      clientPortAddress: "::1",
      tickTimeMs: 200,
      minSessionTimeoutMs: 1000,
      maxSessionTimeoutMs: 60_000,
      maxClientConnections: 0,
      snapCount: 5000,
      preAllocBytes: 1_048_576,
      forceSync: false,
      maxFrameBytes: 4_194_304,
      fourLetterWords: ["ruok", "srvr"],
      admin: { address: "127.0.0.1", isOptional: true },
      sessionSecret: false,
      tlsProperties: {},
      quorumTlsProperties: {},
    });
  });

  it("throttles requests if a limit is set, by either name", () => {
    const throttled = { maxRequests: 5, refuseAfterMs: 9, closesStale: true };
    const text = `${minimal}throttledOpWaitTime=9\nrequestStaleLatencyCheck=true\n`;
    expect(parse(text).config.requestThrottle).toBeUndefined();
    expect(parse(`${text}requestThrottleLimit=5`).config.requestThrottle).toEqual(throttled);
    expect(parse(`${text}request_throttle_max_requests=5`).config.requestThrottle).toEqual(throttled);
  });

  it("may set limits for folders, slow disks and silent connections", () => {
    const lines = "datadir.autocreate=false\nfsync.warningthresholdms=50\nnio.sessionlessCnxnTimeout=700";
    const strict = { autoCreateDataDir: false, fsyncWarningThresholdMs: 50, sessionlessTimeoutMs: 700 };
    expect(parse(minimal + lines).config).toMatchObject(strict);
  });

  it("may have snapshots compressed by gz, and refuses other methods", () => {
    const compression = (method: string) => parse(`${minimal}snapshot.compression.method=${method}`).config;
    expect(compression("gz").snapshotCompression).toBe("gz");
    expect(compression("").snapshotCompression).toBe("none");
    expect(() => compression("snappy")).toThrow("gz, or empty for none: Snappy is not implemented");
  });

  it("may allow all four-letter words", () => {
    expect(parse(`${minimal}4lw.commands.whitelist=srvr, *`).config.fourLetterWords).toBe("*");
  });

  it("warns of read-only mode on a standalone server", () => {
    expect(warnings("readonlymode.enabled=true")).toEqual([
      expect.stringContaining("a standalone server is never read-only"),
    ]);
  });

  it("may set the default session timeouts by -1", () => {
    const { config } = parse(`${minimal}minSessionTimeout=-1\nmaxSessionTimeout=-1`);
    expect([config.minSessionTimeoutMs, config.maxSessionTimeoutMs]).toEqual([undefined, undefined]);
  });

  it("as shipped by Debian is read, including the lines in comments", () => {
    const shipped = `tickTime=2000\ninitLimit=10\nsyncLimit=5\nmaxClientCnxns=60\nautopurge.snapRetainCount=3
      autopurge.purgeInterval=1\nmetricsProvider.httpHost=0.0.0.0\nmetricsProvider.httpPort=7000
      metricsProvider.className=org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider
      metricsProvider.exportJvmInfo=true\n`;
    expect(warnings(shipped)).toEqual([]);
    expect(parse(minimal + shipped).config.purgeIntervalMs).toBe(3_600_000);
  });
});

describe("a wrong configuration", () => {
  it.each([
    ["clientPort=abc", 'clientPort is "abc", and must be a whole number from 0 to 65535'],
    ["clientPort=65536", "whole number from 0 to 65535"],
    ["clientPort=2181.5", "whole number"],
    ["clientPort=0x10", "whole number"],
    ["clientPort=", 'clientPort is ""'],
    ["dataDir=", 'dataDir is "", and must be not empty'],
    ["tickTime=0", "from 1 to 2147483647"],
    ["minSessionTimeout=0", "or -1 for the default"],
    ["snapCount=1", "from 2"],
    ["maxClientCnxns=-1", "from 0"],
    ["forceSync=maybe", "must be yes or no"],
    ["preAllocSize=2097152", "from 0 to 2097151"],
    ["jute.maxbuffer=10", "from 1024"],
    ["jute.maxbuffer=268435456", "from 1024 to 268435455"],
    ["conclave.sessionSecret=short", "true, false, or a text of 16 characters or more"],
    ["4lw.commands.whitelist=ruok;srvr", "four-letter words, separated by commas, or *"],
    ["enforce.auth.enabled=true", "enforce.auth.enabled needs enforce.auth.schemes"],
    ["sessionRequireClientSASLAuth=yes", "must be true or false"],
    ["secureClientPort=2281", "secureClientPort needs ssl.keyStore.location"],
    ["client.portUnification=true", "client.portUnification needs ssl.keyStore.location"],
    ["DigestAuthenticationProvider.digestAlg=MD5", "one of SHA1, SHA-1, SHA-256"],
    ["connection_throttle_drop_increase=2", "a number from 0 to 1"],
    ["metricsProvider.className=x", "one of org.apache.zookeeper.metrics.prometheus"],
  ])("names the line and the allowed values: %s", (line, message) => {
    expect(problems(`${minimal}\n${line}`)).toContain(message);
    expect(problems(`${minimal}\n${line}`)).toMatch(/^zoo\.cfg:4: /);
  });

  it("lists all problems at once", () => {
    expect(problems("clientPort=x\ntickTime=y\n").split("\n")).toEqual([
      expect.stringMatching(/^zoo\.cfg:1: clientPort/),
      expect.stringMatching(/^zoo\.cfg:2: tickTime/),
      expect.stringMatching(/^zoo\.cfg: dataDir is missing/),
    ]);
  });

  it("lists missing keys", () => {
    expect(problems("")).toBe(
      "zoo.cfg: dataDir is missing: the folder for snapshots and transaction logs\n" +
        "zoo.cfg: clientPort is missing: the port for clients, usually 2181",
    );
  });

  it("may have contradicting session timeouts", () => {
    expect(problems(`${minimal}minSessionTimeout=5000\nmaxSessionTimeout=4000`)).toMatch(
      /^zoo\.cfg:3: minSessionTimeout is 5000 ms, more than maxSessionTimeout, 4000 ms/,
    );
    expect(problems(`${minimal}maxSessionTimeout=1000`)).toMatch(/^zoo\.cfg:3: minSessionTimeout is 6000 ms/);
  });

  it("may be invalid as a properties file", () => {
    expect(problems("a=1\nb=\\u1")).toBe("zoo.cfg:2: \\u must be followed by four hexadecimal digits");
  });
});

describe("security, limits and services", () => {
  it("are read from ZooKeeper's keys", () => {
    const { config, warnings: none } = parse(`${minimal}
      secureClientPort=2281
      ssl.keyStore.location=/key.pem
      ssl.clientAuth=want
      enforce.auth.enabled=true
      enforce.auth.schemes=sasl, x509
      superUser.1=bob
      DigestAuthenticationProvider.digestAlg=SHA-256
      DigestAuthenticationProvider.enabled=false
      letAnySaslUserDoX=reader
      conclave.privateFiles=false
      skipACL=no
      autopurge.purgeInterval=24
      autopurge.snapRetainCount=5
      snapshot.trust.empty=true
      digest.enabled=false
      connectionMaxTokens=100
      audit.enable=true
      admin.serverPort=8081
      metricsProvider.className=org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider
      metricsProvider.httpPort=7001`);
    expect(none).toEqual([]);
    expect(config).toMatchObject({
      secureClientPort: 2281,
      tlsProperties: { "ssl.keyStore.location": "/key.pem", "ssl.clientAuth": "want" },
      enforceAuthSchemes: ["sasl", "x509"],
      saslSuperUsers: ["bob"],
      digestAlgorithm: "sha256",
      digestAuthEnabled: false,
      letAnySaslUserDoX: "reader",
      privateFiles: false,
      skipAcl: false,
      purgeIntervalMs: 86_400_000,
      snapRetainCount: 5,
      trustEmptySnapshot: true,
      digestEnabled: false,
      connectionThrottle: { tokens: 100 },
      auditEnable: true,
      admin: { port: 8081, address: "127.0.0.1", isOptional: false },
      metrics: { port: 7001, address: "0.0.0.0" },
    });
  });

  it("include an admin server on loopback, unless it is disabled or has an address", () => {
    expect(parse(minimal).config.admin).toEqual({ address: "127.0.0.1", isOptional: true });
    expect(parse(`${minimal}admin.serverAddress=0.0.0.0`).config.admin?.address).toBe("0.0.0.0");
    expect(parse(`${minimal}admin.enableServer=false\nadmin.serverPort=1`).config.admin).toBeUndefined();
  });

  it("require the port of the admin server only if it is set", () => {
    expect(parse(`${minimal}admin.serverPort=1`).config.admin).toMatchObject({ port: 1, isOptional: false });
  });

  it("include the host names of the admin server", () => {
    const hosts = (value: string) => parse(`${minimal}admin.allowedHosts=${value}`).config.admin?.allowedHosts;
    expect(hosts("zk.example.org, zk1")).toEqual(["zk.example.org", "zk1"]);
    expect(hosts("*")).toBe("*");
  });

  it.each<[string, boolean | string]>([
    ["true", true],
    ["FALSE", false],
    ["0123456789abcdef", "0123456789abcdef"],
  ])("include the secret of session passwords: %s", (value, expected) => {
    expect(parse(`${minimal}conclave.sessionSecret=${value}`).config.sessionSecret).toBe(expected);
  });
});

describe("system properties", () => {
  const withProperties = (...properties: string[]): ParsedConfig =>
    parseServerConfig(`${minimal}snapCount=7\n`, "zoo.cfg", "/base", properties);

  it("set options that the file does not", () => {
    const { config, warnings: none } = withProperties(
      "zookeeper.forceSync=no",
      "jute.maxbuffer=2048",
      "zookeeper.digest.enabled=false",
      "java.security.auth.login.config=jaas.conf",
      "zookeeper.sasl.serverconfig=Mine",
    );
    expect(none).toEqual([]);
    expect(config).toMatchObject({ forceSync: false, maxFrameBytes: 2048, digestEnabled: false });
    expect(config.jaas).toEqual({
      ...{ file: "/base/jaas.conf", section: "Mine" },
      ...{ quorumServer: "QuorumServer", quorumLearner: "QuorumLearner" },
    });
  });

  it("are overridden by the file, as in Apache ZooKeeper, with a warning", () => {
    const { config, warnings: told } = withProperties("zookeeper.snapCount=9");
    expect(config.snapCount).toBe(7);
    expect(told).toEqual([
      { argument: "-Dzookeeper.snapCount=9", message: "overridden by line 3 of zoo.cfg, as in Apache ZooKeeper" },
    ]);
  });

  it("are read as numbers as Java reads them", () => {
    const { config, warnings: none } = withProperties("jute.maxbuffer=0x400000", "zookeeper.maxCnxns=010");
    expect(none).toEqual([]);
    expect(config).toMatchObject({ maxFrameBytes: 4_194_304, maxConnections: 8 });
  });

  it.each(["4M", "08", "", " 4194304", "0x80000000"])(
    "that Java cannot read as numbers mean the default: %j",
    (value) => {
      const { config, warnings: told } = withProperties(`jute.maxbuffer=${value}`);
      expect(config.maxFrameBytes).toBeUndefined();
      expect(told).toEqual([
        {
          argument: `-Djute.maxbuffer=${value}`,
          message: `jute.maxbuffer is "${value}": Java cannot read it as a number, so the default is used (1048575)`,
        },
      ]);
    },
  );

  it("that Java reads as a long may be larger than an int", () => {
    const { config, warnings: none } = withProperties(`zookeeper.fsync.warningthresholdms=${2n ** 63n - 1025n}`);
    expect(none).toEqual([]);
    expect(config.fsyncWarningThresholdMs).toBe(2 ** 31 - 1);
  });

  it("that are wrong or unknown are named as given", () => {
    expect(() => withProperties("zookeeper.forceSync=perhaps")).toThrow(
      '-Dzookeeper.forceSync=perhaps: forceSync is "perhaps", and must be yes or no',
    );
    expect(withProperties("zookeeper.forcesync=no", "log4j.debug").warnings.map(({ message }) => message)).toEqual([
      "forcesync is not a key of ZooKeeper, and has no effect; did you mean forceSync?",
      "log4j.debug configures Apache's Java server, and has no effect here",
    ]);
  });
});

describe("a warning", () => {
  it("names an unknown key and a similar one", () => {
    expect(warnings("datalogdir=/x")).toEqual([
      "3: datalogdir is not a key of ZooKeeper, and has no effect; did you mean dataLogDir?",
    ]);
    expect(warnings("foo=1")).toEqual(["3: foo is not a key of ZooKeeper, and has no effect"]);
  });

  it.each([
    ["autopurge.snapRetainCount=1", "autopurge.snapRetainCount is 1: at least 3 snapshots are kept"],
    ["admin.portUnification=true", "admin.portUnification has no effect: the admin server speaks plain HTTP"],
    ["requestThrottleStallTime=10", "requestThrottleStallTime has no effect: a waiting request continues"],
    ["kerberos.removeHostFromPrincipal=true", "SASL is DIGEST-MD5 alone"],
    ["jvm.pause.monitor=true", "configures Apache's Java server"],
  ])("explains a key without effect: %s", (line, message) => {
    expect(warnings(line)).toEqual([expect.stringContaining(message)]);
  });

  it("lists unknown four-letter words", () => {
    expect(warnings("4lw.commands.whitelist=ruok,conf,xxxx,wchs,yyyy")).toEqual([
      "3: unknown four-letter words: xxxx, yyyy",
    ]);
  });

  it("names a repeated key; the last line counts", () => {
    const { config, warnings: told } = parse(`${minimal}clientPort=2182`);
    expect(config.clientPort).toBe(2182);
    expect(told).toEqual([{ line: 3, message: "clientPort is in line 2 too; this line counts" }]);
  });

  it("is not given for a safeguard that is off", () => {
    expect(warnings("ssl.crl=false\nsessionRequireClientSASLAuth=False")).toEqual([]);
  });
});
