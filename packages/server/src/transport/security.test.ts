import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, digestMd5, type ZooKeeper } from "@conclave/client";
import { auth, ErrorCode, exists, ping, sasl } from "@conclave/protocol";
import { openZkCli } from "@conclave/services";
import { describeOnApache } from "@conclave/vitest";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startServer, type ZooKeeperServer } from "../server.js";
import type { ServerOptions } from "../server-options.js";
import { makeTestCertificates, type TestCertificates } from "../wire-fixture/test-certificates.js";
import { Wire } from "../wire-fixture/wire.js";
import { readApacheTls } from "./apache-tls-properties.js";

const ALICE = "CN=alice,OU=ops\\, night,O=Example,C=DE";

let certificates: TestCertificates;
let server: ZooKeeperServer | undefined;
const clients: ZooKeeper[] = [];

beforeAll(async () => {
  certificates = await makeTestCertificates();
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await server?.close();
});

async function start(options: ServerOptions): Promise<ZooKeeperServer> {
  server = await startServer({ tickTimeMs: 500, ...options });
  return server;
}

async function connected(...args: Parameters<typeof connect>): Promise<ZooKeeper> {
  const client = await connect(...args);
  clients.push(client);
  return client;
}

const identities = async (client: ZooKeeper): Promise<string[]> =>
  (await client.whoAmI()).map(({ authScheme, user }) => `${authScheme}:${user}`);

describe("a TLS port", () => {
  const secured = (options: ServerOptions = {}): Promise<ZooKeeperServer> =>
    start({ secureClientPort: 0, tls: { ...certificates.server, ca: certificates.ca }, ...options });
  const address = (): string => `127.0.0.1:${server!.securePort}`;

  it("knows a client by its certificate, and its ACLs do", async () => {
    await secured();
    const alice = await connected(address(), { tls: { ca: certificates.ca, ...certificates.alice } });
    expect(await identities(alice)).toContain(`x509:${ALICE}`);
    await alice.create("/hers", "x".repeat(300_000), { acl: [{ permissions: 31, id: { scheme: "auth", id: "" } }] });
    expect((await alice.getACL("/hers")).acl).toEqual([{ permissions: 31, id: { scheme: "x509", id: ALICE } }]);
    expect((await alice.getData("/hers")).data?.length).toBe(300_000);
  });

  it("is the only one where no other is asked for, and one beside it is plain", async () => {
    await secured();
    expect(server!.port).toBe(server!.securePort);
    await server!.close();
    await secured({ clientPort: 0 });
    expect(server!.port).not.toBe(server!.securePort);
    expect(await (await connected(server!.connectString)).exists("/")).not.toBeNull();
  });

  it.each([
    ["without a certificate", {}],
    ["with one that another authority signed", "stranger"],
  ])("refuses a client %s, and goes on", async (_what, who) => {
    await secured();
    const tls = { ca: certificates.ca, ...(who === "stranger" ? certificates.stranger : {}) };
    await expect(connect(address(), { tls, connectTimeoutMs: 300 })).rejects.toMatchObject({ outcome: "not-applied" });
    const alice = await connected(address(), { tls: { ca: certificates.ca, ...certificates.alice } });
    expect(await alice.exists("/")).not.toBeNull();
  });

  it("lets clients without a certificate in where it only wants one, but none with a bad one", async () => {
    await secured({ tls: { ...certificates.server, ca: certificates.ca, clientAuth: "want" } });
    const nobody = await connected(address(), { tls: { ca: certificates.ca } });
    expect((await identities(nobody)).filter((id) => id.startsWith("x509"))).toEqual([]);
    const tls = { ca: certificates.ca, ...certificates.stranger };
    await expect(connect(address(), { tls, connectTimeoutMs: 300 })).rejects.toMatchObject({ outcome: "not-applied" });
  });

  it("closes on bytes that are no TLS", async () => {
    await secured();
    const wire = new Wire(server!.securePort!);
    wire.raw("ruok\n\n\n\n\n\n\n\n");
    await wire.closed;
    const alice = await connected(address(), { tls: { ca: certificates.ca, ...certificates.alice } });
    expect(await alice.exists("/")).not.toBeNull();
  });

  it("lets the super user do everything", async () => {
    await secured({ x509SuperUser: ALICE });
    const alice = await connected(address(), { tls: { ca: certificates.ca, ...certificates.alice } });
    await alice.create("/closed", "", { acl: [{ permissions: 0, id: { scheme: "world", id: "anyone" } }] });
    expect((await alice.getData("/closed")).data?.length).toBe(0);
  });

  it("can be described by Apache's properties and files of PEM", async () => {
    const folder = await mkdtemp(join(tmpdir(), "conclave-tls-"));
    const { key, cert } = certificates.server;
    await writeFile(join(folder, "server.pem"), key + cert);
    await writeFile(join(folder, "trust.pem"), certificates.ca);
    const tls = await readApacheTls({
      "ssl.keyStore.location": join(folder, "server.pem"),
      "ssl.trustStore.location": join(folder, "trust.pem"),
      "ssl.enabledProtocols": "TLSv1.2,TLSv1.3",
      "ssl.ciphersuites": "TLS_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    });
    await secured({ tls });
    const pinned = { ca: certificates.ca, ...certificates.alice, maxVersion: "TLSv1.2" } as const;
    expect(await identities(await connected(address(), { tls: pinned }))).toContain(`x509:${ALICE}`);
    const jks = { "ssl.keyStore.location": "store.jks" };
    await expect(readApacheTls(jks)).rejects.toThrow(/JKS cannot be read; `keytool/);
    expect(await readApacheTls({})).toBeUndefined();
    await rm(folder, { recursive: true });
  });
});

describe("SASL DIGEST-MD5", () => {
  const users = { ann: "secret", "o'brien \"b\\": 'p"\\w' };
  const acl = [{ permissions: 31, id: { scheme: "sasl", id: "ann" } }];

  it("proves who a client is, on each connection, to the ACLs too", async () => {
    await start({ saslUsers: users });
    const ann = await connected(server!.connectString, { sasl: digestMd5({ username: "ann", password: "secret" }) });
    expect(await identities(ann)).toContain("sasl:ann");
    await ann.create("/hers", "x", { acl });
    const other = await connected(server!.connectString);
    await expect(other.getData("/hers")).rejects.toMatchObject({ code: "NO_AUTH" });
    const [name, password] = Object.entries(users)[1]!;
    const odd = await connected(server!.connectString, { sasl: digestMd5({ username: name, password }) });
    await expect(odd.getData("/hers")).rejects.toMatchObject({ code: "NO_AUTH" });
    expect(await identities(odd)).toContain(`sasl:${name}`);
  });

  it.each([
    ["a wrong password", "ann", "wrong"],
    ["an unknown user", "eve", "secret"],
    ["a name that every object has", "constructor", ""],
  ])("refuses %s", async (_what, username, password) => {
    await start({ saslUsers: users });
    const attempt = connect(server!.connectString, { sasl: digestMd5({ username, password }) });
    await expect(attempt).rejects.toMatchObject({ code: "AUTH_FAILED" });
  });

  it("takes a response once, and no token that is none", async () => {
    await start({ saslUsers: users });
    const wire = new Wire(server!.port);
    await wire.connect();
    for (const token of ["", "nonsense,,,="]) wire.send(sasl, { token: new TextEncoder().encode(token) }, 1);
    expect(await wire.reply()).toMatchObject({ xid: 1, zxid: 0n, err: ErrorCode.OK });
    expect(await wire.reply()).toMatchObject({ xid: 1, zxid: 0n, err: ErrorCode.AUTH_FAILED });
    await wire.closed;
  });

  it("can be required: nothing else is answered before", async () => {
    await start({ saslUsers: users, sessionRequireClientSaslAuth: true });
    for (const operation of [ping, exists]) {
      const wire = new Wire(server!.port);
      await wire.connect();
      wire.send(operation as typeof exists, { path: "/", watch: false }, 7);
      expect(await wire.reply()).toMatchObject({ xid: 7, err: ErrorCode.SESSION_CLOSED_REQUIRE_SASL_AUTH });
      await wire.closed;
    }
    const ann = await connected(server!.connectString, { sasl: digestMd5({ username: "ann", password: "secret" }) });
    expect(await ann.exists("/")).not.toBeNull();
  });

  it("can be one of several schemes of which one is required", async () => {
    await start({ saslUsers: users, enforceAuthSchemes: ["digest", "sasl"] });
    const wire = new Wire(server!.port);
    await wire.connect();
    wire.send(auth, { scheme: "digest", auth: new TextEncoder().encode("bob:b") }, -4);
    expect(await wire.reply()).toMatchObject({ err: ErrorCode.OK });
    expect(await wire.call(exists, { path: "/", watch: false })).toMatchObject({ err: ErrorCode.OK });
    wire.destroy();
  });

  it("makes a super user of whom the options name", async () => {
    await start({ saslUsers: users, saslSuperUsers: ["ann"] });
    const ann = await connected(server!.connectString, { sasl: digestMd5({ username: "ann", password: "secret" }) });
    await ann.create("/closed", "", { acl: [{ permissions: 0, id: { scheme: "world", id: "anyone" } }] });
    expect((await ann.getData("/closed")).data?.length).toBe(0);
  });

  describeOnApache("with Java's client", () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "conclave-jaas-"));
    });
    afterAll(async () => {
      await rm(folder, { recursive: true });
    });

    it("proves its user", async () => {
      await start({ saslUsers: users, sessionRequireClientSaslAuth: true });
      const jaas = join(folder, "jaas.conf");
      const module = "org.apache.zookeeper.server.auth.DigestLoginModule required";
      await writeFile(jaas, `Client { ${module} username="ann" password="secret"; };\n`);
      const { JAVA_TOOL_OPTIONS: before } = process.env;
      process.env.JAVA_TOOL_OPTIONS = `-Djava.security.auth.login.config=${jaas}`;
      try {
        await using cli = await openZkCli({ connectString: server!.connectString });
        await cli.run("create /java x sasl:ann:cdrwa");
        expect(await cli.run("getAcl /java")).toContain("'sasl,'ann");
      } finally {
        if (before === undefined) delete process.env.JAVA_TOOL_OPTIONS;
        else process.env.JAVA_TOOL_OPTIONS = before;
      }
    });
  });
});
