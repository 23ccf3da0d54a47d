import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConnectionOptions } from "node:tls";
import {
  auth,
  create,
  deleteNode,
  ErrorCode,
  exists,
  getACL,
  getData,
  OPEN_ACL_UNSAFE,
  ping,
  sasl,
  setACL,
  whoAmI,
} from "@conclave/protocol";
import { fourLetterWord, openZkCli } from "@conclave/services";
import { eventually } from "@conclave/testing";
import { describeOnApache } from "@conclave/vitest";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { respond } from "../../test-support/wire/sasl-client.js";
import { makeTestCertificates, type TestCertificates } from "../../test-support/wire/test-certificates.js";
import { connectFrame, Wire } from "../../test-support/wire/wire.js";
import { digestOf } from "../auth/authentication.js";
import { readApacheTls } from "../options/apache-tls-properties.js";
import type { ServerOptions } from "../options/server-options.js";
import { startServer, type ZooKeeperServer } from "../server.js";

const ALICE = "CN=alice,OU=ops\\, night,O=Example,C=DE";
const CLOSED = [{ permissions: 0, id: { scheme: "world", id: "anyone" } }];

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const made = (path: string, acl = OPEN_ACL_UNSAFE, data = bytes("")) => ({ path, data, acl, flags: 0 });

let certificates: TestCertificates;
let server: ZooKeeperServer;
const wires: Wire[] = [];

beforeAll(async () => {
  certificates = await makeTestCertificates();
});
afterEach(async () => {
  for (const wire of wires.splice(0)) wire.destroy();
  await server.close();
});

async function start(options: ServerOptions): Promise<void> {
  server = await startServer({ tickTimeMs: 500, ...options });
}

function wire(tls?: ConnectionOptions): Wire {
  const opened = new Wire(tls === undefined ? server.port : server.securePort!, tls);
  wires.push(opened);
  return opened;
}

async function connected(tls?: ConnectionOptions): Promise<Wire> {
  const opened = wire(tls);
  await opened.connect();
  return opened;
}

async function identities(client: Wire): Promise<string[]> {
  const { response } = await client.call(whoAmI, undefined);
  return response!.clientInfo.map(({ authScheme, user }) => `${authScheme}:${user}`);
}

const root = (client: Wire) => client.call(exists, { path: "/", watch: false });

describe("a TLS port", () => {
  const secured = (options: ServerOptions = {}): Promise<void> =>
    start({ secureClientPort: 0, tls: { ...certificates.server, ca: certificates.ca }, ...options });
  const alice = (more: ConnectionOptions = {}): Promise<Wire> =>
    connected({ ca: certificates.ca, ...certificates.alice, ...more });

  it("knows a client by its certificate, and its ACLs do", async () => {
    await secured();
    const client = await alice();
    expect(await identities(client)).toContain(`x509:${ALICE}`);
    const large = new Uint8Array(300_000).fill(7);
    await client.call(create, made("/hers", [{ permissions: 31, id: { scheme: "auth", id: "" } }], large));
    expect((await client.call(getACL, { path: "/hers" })).response?.acl).toEqual([
      { permissions: 31, id: { scheme: "x509", id: ALICE } },
    ]);
    expect((await client.call(getData, { path: "/hers", watch: false })).response?.data).toEqual(large);
  });

  it("is the only port by default, and a second one is plain", async () => {
    await secured();
    expect(server.port).toBe(server.securePort);
    await server.close();
    await secured({ clientPort: 0 });
    expect(server.port).not.toBe(server.securePort);
    expect(await root(await connected())).toMatchObject({ err: ErrorCode.OK });
  });

  it.each([
    ["without a certificate", () => ({})],
    ["with one that another authority signed", () => certificates.stranger],
  ])("refuses a client %s, and goes on", async (_what, proof) => {
    await secured();
    await wire({ ca: certificates.ca, ...proof() }).closed;
    expect(await root(await alice())).toMatchObject({ err: ErrorCode.OK });
  });

  it("lets clients without a certificate in where it only wants one, but none with a bad one", async () => {
    await secured({ tls: { ...certificates.server, ca: certificates.ca, clientAuth: "want" } });
    const nobody = await connected({ ca: certificates.ca });
    expect((await identities(nobody)).filter((id) => id.startsWith("x509"))).toEqual([]);
    await wire({ ca: certificates.ca, ...certificates.stranger }).closed;
  });

  it("closes on bytes that are no TLS", async () => {
    await secured();
    const plain = new Wire(server.securePort!);
    plain.raw("ruok and more than a TLS record's head");
    await plain.closed;
    expect(await root(await alice())).toMatchObject({ err: ErrorCode.OK });
  });

  it("closes although a client has begun a handshake and does not go on", async () => {
    await secured({ sessionlessTimeoutMs: 3_600_000 });
    const socket = connect({ host: "127.0.0.1", port: server.securePort!, allowHalfOpen: true });
    socket.on("error", () => {});
    await new Promise((resolve) => socket.once("connect", resolve));
    // The head of a record of 512 bytes, which do not follow.
    socket.end(Uint8Array.of(0x16, 3, 1, 2, 0));
    await root(await alice());
    let isClosed = false;
    void server.close().then(() => {
      isClosed = true;
    });
    await eventually(() => isClosed);
    socket.destroy();
  });

  it("lets the super user do everything", async () => {
    await secured({ x509SuperUser: ALICE });
    const client = await alice();
    await client.call(create, made("/closed", CLOSED));
    expect(await client.call(getData, { path: "/closed", watch: false })).toMatchObject({ err: ErrorCode.OK });
  });

  it("may be the plain one: each client is taken as it speaks", async () => {
    const tls = { ...certificates.server, ca: certificates.ca };
    await start({ clientPort: 0, portUnification: true, tls, fourLetterWords: ["ruok"] });
    const secure = new Wire(server.port, { ca: certificates.ca, ...certificates.alice });
    wires.push(secure);
    await secure.connect();
    expect(await identities(secure)).toContain(`x509:${ALICE}`);
    expect(await root(await connected())).toMatchObject({ err: ErrorCode.OK });
    expect(await fourLetterWord({ port: server.port, word: "ruok" })).toBe("imok");
    const stranger = new Wire(server.port, { ca: certificates.ca, ...certificates.stranger });
    wires.push(stranger);
    await stranger.closed;
    const drop = new Wire(server.port);
    wires.push(drop);
    drop.raw(connectFrame({}).subarray(0, 1));
    drop.raw(connectFrame({}).subarray(1));
    expect((await drop.frame()).remaining).toBeGreaterThan(30);
    // One that has said nothing yet does not keep the server from closing.
    wires.push(new Wire(server.port));
  });

  it("uses a reloaded certificate for new connections, and keeps the former if the new one is invalid", async () => {
    await secured();
    const before = await alice();
    const other = await makeTestCertificates();
    server.reloadTls({ ...other.server, ca: other.ca });
    expect(() => server.reloadTls({ key: "no key", cert: "no certificate" })).toThrow();
    expect(await root(await connected({ ca: other.ca, ...other.alice }))).toMatchObject({ err: ErrorCode.OK });
    await wire({ ca: certificates.ca, ...certificates.alice }).closed;
    expect(await root(before)).toMatchObject({ err: ErrorCode.OK });
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
    expect(await identities(await alice({ maxVersion: "TLSv1.2" }))).toContain(`x509:${ALICE}`);
    const jks = { "ssl.keyStore.location": "store.jks" };
    await expect(readApacheTls(jks)).rejects.toThrow(/JKS cannot be read; `keytool/);
    const trust = { "ssl.keyStore.location": join(folder, "server.pem"), "ssl.trustStore.location": "trust.p12" };
    await expect(readApacheTls(trust)).rejects.toThrow(/PKCS12 cannot be read; `keytool -list -rfc/);
    expect(await readApacheTls({})).toBeUndefined();
    await rm(folder, { recursive: true });
  });
});

describe("the scheme digest", () => {
  it("is not there where it is switched off: no proof, no ACL, no way in by one that is there", async () => {
    const superDigest = digestOf("root:secret", "sha1");
    const digest = digestOf("bob:b", "sha1");
    await start({ digestAuthEnabled: false, superDigest });
    const bob = await connected();
    for (const credentials of ["bob:b", "root:secret"]) {
      const client = await connected();
      client.send(auth, { scheme: "digest", auth: bytes(credentials) }, -4);
      expect(await client.reply()).toMatchObject({ err: ErrorCode.AUTH_FAILED });
      await client.closed;
    }
    const named = made("/named", [{ permissions: 31, id: { scheme: "digest", id: digest } }]);
    expect(await bob.call(create, named)).toMatchObject({ err: ErrorCode.INVALID_ACL });
  });

  it("is part of auth in an ACL even when ACLs are not checked", async () => {
    await start({ skipAcl: true });
    const bob = await connected();
    const acl = [{ permissions: 31, id: { scheme: "auth", id: "" } }];
    expect(await bob.call(create, made("/his", acl))).toMatchObject({ err: ErrorCode.INVALID_ACL });
    bob.send(auth, { scheme: "digest", auth: bytes("bob:b") }, -4);
    await bob.reply();
    expect(await bob.call(create, made("/his", acl))).toMatchObject({ err: ErrorCode.OK });
    expect(await bob.call(setACL, { path: "/his", acl, version: -1 })).toMatchObject({ err: ErrorCode.OK });
    const { response } = await bob.call(getACL, { path: "/his" });
    expect(response!.acl.map(({ id }) => id)).toEqual([{ scheme: "digest", id: digestOf("bob:b", "sha1") }]);
  });
});

describe("SASL DIGEST-MD5", () => {
  const users = { ann: "secret", "o'brien \"b\\": "'p\"\\w" };

  /**
   * Runs the exchange; returns the last answer of the server, and true if the server proved its own knowledge of the
   * password.
   */
  async function prove(client: Wire, user: string, password: string): Promise<{ err: number; proved: boolean }> {
    const first = await client.call(sasl, { token: bytes("") });
    const { response, proof } = respond(Buffer.from(first.response!.token!).toString(), user, password);
    const last = await client.call(sasl, { token: response });
    return { err: last.err, proved: Buffer.from(last.response?.token ?? []).toString() === proof };
  }

  it("proves who a client is to the server, the server to it, and the client to ACLs", async () => {
    await start({ saslUsers: users });
    const ann = await connected();
    expect(await prove(ann, "ann", "secret")).toEqual({ err: ErrorCode.OK, proved: true });
    expect(await identities(ann)).toContain("sasl:ann");
    await ann.call(create, made("/hers", [{ permissions: 31, id: { scheme: "sasl", id: "ann" } }]));
    expect(await ann.call(getData, { path: "/hers", watch: false })).toMatchObject({ err: ErrorCode.OK });
    const odd = await connected();
    const [name, password] = Object.entries(users)[1]!;
    expect(await prove(odd, name, password)).toEqual({ err: ErrorCode.OK, proved: true });
    expect(await odd.call(getData, { path: "/hers", watch: false })).toMatchObject({ err: ErrorCode.NO_AUTH });
  });

  it.each([
    ["a wrong password", "ann", "wrong"],
    ["an unknown user", "eve", "secret"],
    ["a name that every object has", "constructor", ""],
  ])("refuses %s, and closes", async (_what, username, password) => {
    await start({ saslUsers: users });
    const client = await connected();
    expect(await prove(client, username, password)).toEqual({ err: ErrorCode.AUTH_FAILED, proved: false });
    await client.closed;
  });

  it("takes a response once, and for its own challenge only", async () => {
    await start({ saslUsers: users });
    const [client, other] = [await connected(), await connected()];
    const challenge = (await other.call(sasl, { token: bytes("") })).response!.token!;
    const { response } = respond(Buffer.from(challenge).toString(), "ann", "secret");
    await client.call(sasl, { token: bytes("") });
    expect(await client.call(sasl, { token: response })).toMatchObject({ zxid: 0n, err: ErrorCode.AUTH_FAILED });
    expect(await other.call(sasl, { token: response })).toMatchObject({ zxid: 0n, err: ErrorCode.OK });
    expect(await other.call(sasl, { token: response })).toMatchObject({ err: ErrorCode.AUTH_FAILED });
  });

  it("lets a client that fails stay, as nobody, where it is told to", async () => {
    await start({ saslUsers: users, allowSaslFailedClients: true });
    const client = await connected();
    expect(await prove(client, "ann", "wrong")).toEqual({ err: ErrorCode.OK, proved: false });
    expect((await identities(client)).filter((id) => id.startsWith("sasl"))).toEqual([]);
  });

  it("can be required: nothing else is answered before", async () => {
    await start({ saslUsers: users, sessionRequireClientSaslAuth: true });
    for (const operation of [ping, exists]) {
      const client = await connected();
      client.send(operation as typeof exists, { path: "/", watch: false }, 7);
      expect(await client.reply()).toMatchObject({ xid: 7, err: ErrorCode.SESSION_CLOSED_REQUIRE_SASL_AUTH });
      await client.closed;
    }
    const liar = await connected();
    expect(await prove(liar, "ann", "x")).toMatchObject({ err: ErrorCode.SESSION_CLOSED_REQUIRE_SASL_AUTH });
    const ann = await connected();
    await prove(ann, "ann", "secret");
    expect(await root(ann)).toMatchObject({ err: ErrorCode.OK });
  });

  it("can be one of several schemes of which one is required", async () => {
    await start({ saslUsers: users, enforceAuthSchemes: ["digest", "sasl"] });
    const client = await connected();
    client.send(auth, { scheme: "digest", auth: bytes("bob:b") }, -4);
    expect(await client.reply()).toMatchObject({ err: ErrorCode.OK });
    expect(await root(client)).toMatchObject({ err: ErrorCode.OK });
  });

  it("takes any name that has no realm into an ACL, and principals, as Apache does", async () => {
    await start({ saslUsers: users });
    const ann = await connected();
    const accepts = async (id: string): Promise<number> =>
      (await ann.call(create, made("/x", [{ permissions: 31, id: { scheme: "sasl", id } }]))).err;
    for (const id of ["service/host.name.com@", "a/b/c", "/x", "", "a", "a@R", "a/b@R", "//", "@"]) {
      expect([id, await accepts(id)]).toEqual([id, ErrorCode.OK]);
      await ann.call(deleteNode, { path: "/x", version: -1 });
    }
    for (const id of ["a/b/c@R", "a@b@c", "a@b/c"]) {
      expect([id, await accepts(id)]).toEqual([id, ErrorCode.INVALID_ACL]);
    }
  });

  it("lets every user do what the id of letAnySaslUserDoX may, and does not call the user so", async () => {
    await start({ saslUsers: users, letAnySaslUserDoX: "any" });
    const [ann, stranger] = [await connected(), await connected()];
    await prove(ann, "ann", "secret");
    const acl = [{ permissions: 31, id: { scheme: "sasl", id: "any" } }];
    await ann.call(create, made("/shared", acl));
    expect(await ann.call(getData, { path: "/shared", watch: false })).toMatchObject({ err: ErrorCode.OK });
    expect(await stranger.call(getData, { path: "/shared", watch: false })).toMatchObject({ err: ErrorCode.NO_AUTH });
    expect((await identities(ann)).filter((id) => id.startsWith("sasl"))).toEqual(["sasl:ann"]);
    await ann.call(create, made("/hers", [{ permissions: 31, id: { scheme: "auth", id: "" } }]));
    expect((await ann.call(getACL, { path: "/hers" })).response!.acl.map(({ id }) => id.id)).toEqual(["ann"]);
  });

  it("makes a super user of whom the options name", async () => {
    await start({ saslUsers: users, saslSuperUsers: ["ann"] });
    const ann = await connected();
    await prove(ann, "ann", "secret");
    await ann.call(create, made("/closed", CLOSED));
    expect(await ann.call(getData, { path: "/closed", watch: false })).toMatchObject({ err: ErrorCode.OK });
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
        await using cli = await openZkCli({ connectString: server.connectString });
        await cli.run("create /java x sasl:ann:cdrwa");
        expect(await cli.run("getAcl /java")).toContain("'sasl,'ann");
      } finally {
        if (before === undefined) delete process.env.JAVA_TOOL_OPTIONS;
        else process.env.JAVA_TOOL_OPTIONS = before;
      }
    });
  });
});
