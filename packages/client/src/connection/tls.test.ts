import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { type AddressInfo, connect as connectTcp } from "node:net";
import { dirname, join } from "node:path";
import { createServer, type TlsOptions } from "node:tls";
import { freePorts, startApacheStandalone } from "@conclave/services";
import { eventually } from "@conclave/testing";
import { type Apache, describeOnEachEnsemble, itOnApache } from "@conclave/vitest";
import { beforeAll, expect, it } from "vitest";
import { firstFailure } from "../../test-support/first-failure.js";
import { connectForLong } from "../../test-support/long-session.js";
import { temporaryFolder } from "../../test-support/temporary-folder.js";
import { makeTestCertificates, type TestCertificates } from "../../test-support/test-certificates.js";
import { CreateMode } from "../index.js";

let made: TestCertificates;
beforeAll(async () => {
  made = await makeTestCertificates();
});

/** Proxy with TLS to the client and plain TCP to the server. */
const terminate = async (target: string, options: TlsOptions) => {
  const [host = "", port = ""] = target.split(":");
  const seen: (string | undefined)[] = [];
  const server = createServer(options, (client) => {
    seen.push(client.authorized ? String(client.getPeerCertificate().subject.CN) : undefined);
    const upstream = connectTcp(Number(port), host);
    client.pipe(upstream).pipe(client);
    client.on("error", () => upstream.destroy());
    upstream.on("error", () => client.destroy());
    upstream.on("close", () => client.destroy());
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const connectString = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { connectString, seen, [Symbol.asyncDispose]: async () => void server.close() };
};

describeOnEachEnsemble("TLS", ({ connectString, root }) => {
  const target = () => connectString().split(",")[0]!;

  it("carries a session, large data and watches", async () => {
    await using proxy = await terminate(target(), made.server);
    await using zk = await connectForLong(proxy.connectString, { tls: { ca: made.ca } });
    await zk.create(root, "x".repeat(500_000), { mode: CreateMode.EPHEMERAL });
    const events: string[] = [];
    const { data } = await zk.getData(root, { watch: ({ type }) => events.push(type) });
    expect(data?.length).toBe(500_000);
    await zk.setData(root, "y");
    expect(events).toEqual(["nodeDataChanged"]);
  });

  it("authenticates the client if the server requires it (mutual TLS)", async () => {
    const mutual = { ...made.server, ca: made.ca, requestCert: true, rejectUnauthorized: true };
    await using proxy = await terminate(target(), mutual);
    await using zk = await connectForLong(proxy.connectString, { tls: { ca: made.ca, ...made.client } });
    expect([zk.state, proxy.seen]).toEqual(["connected", ["client"]]);
    expect(await firstFailure(proxy.connectString, { tls: { ca: made.ca } })).toMatchObject({
      name: "ConnectionError",
    });
  });

  it("checks servername instead of the host", async () => {
    await using proxy = await terminate(target(), made.elsewhere);
    const tls = { ca: made.ca, servername: "elsewhere.invalid" };
    await using zk = await connectForLong(proxy.connectString, { tls });
    expect(await zk.exists("/")).not.toBe(null);
  });
});

/** Adds the jars of Netty to the classpath, where Debian's ZooKeeper does not list them; they are in the same folder. */
const withNetty = (apache: Apache): Apache | undefined => {
  const { classpath } = apache.zookeeper;
  const more = [
    "netty-codec",
    "netty-resolver",
    "netty-transport",
    "netty-buffer",
    "netty-common",
    "netty-handler",
  ].map((name) => join(dirname(classpath[0] ?? ""), `${name}.jar`));
  const isWhole = classpath.some((each) => each.includes("netty-codec"));
  if (!isWhole && !more.every((each) => existsSync(each))) return undefined;
  return { ...apache, zookeeper: { ...apache.zookeeper, classpath: isWhole ? classpath : [...classpath, ...more] } };
};

itOnApache("TLS, mutual, is spoken with Apache ZooKeeper's own secure port", async (installed, { skip }) => {
  const apache = withNetty(installed);
  if (apache === undefined) skip("this ZooKeeper comes without the Netty that its secure port needs");
  const [secureClientPort = 0] = await freePorts(1);
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, "keys.pem"), `${made.server.key}${made.server.cert}`);
  await writeFile(join(folder.path, "trust.pem"), made.ca);
  await using server = await startApacheStandalone({
    apache,
    config: {
      secureClientPort,
      serverCnxnFactory: "org.apache.zookeeper.server.NettyServerCnxnFactory",
      "ssl.keyStore.location": join(folder.path, "keys.pem"),
      "ssl.trustStore.location": join(folder.path, "trust.pem"),
      "ssl.clientAuth": "need",
    },
  });
  const tls = { ca: made.ca, ...made.client };
  await using zk = await connectForLong(`127.0.0.1:${secureClientPort}`, { tls });
  await zk.create("/secure", "x");
  await using plain = await connectForLong(server.connectString);
  await eventually(async () => expect((await plain.getData("/secure")).data?.toString()).toBe("x"));
  expect((await zk.whoAmI()).map(({ authScheme }) => authScheme)).toContain("x509");
});
