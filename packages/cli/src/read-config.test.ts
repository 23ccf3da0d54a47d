import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readConfig, readNamedFiles } from "./read-config.js";

const MODULE = "org.apache.zookeeper.server.auth.DigestLoginModule required";
const JAAS = `QuorumServer { ${MODULE} user_zk="secret"; };\nMine { ${MODULE} username="zk" password="secret"; };\n`;

/** Returns the options of a member with these lines, whose files are read. */
async function ensembleOf(lines: readonly string[], files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), "conclave-read-config-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries({ myid: "1", ...files })) writeFileSync(join(folder, name), text);
  const servers = [1, 2, 3].map((id) => `server.${id}=localhost:${id}1:${id}2`);
  const common = [`dataDir=${folder}`, "clientPort=2181", ...servers];
  const file = join(folder, "zoo.cfg");
  writeFileSync(file, [...common, ...lines].join("\n").replaceAll("$DIR", folder));
  const properties = [`java.security.auth.login.config=${join(folder, "jaas.conf")}`];
  const parsed = await readConfig(file, folder, "jaas.conf" in files ? properties : []);
  return typeof parsed === "string" ? parsed : readNamedFiles(parsed.config);
}

it("the users for other servers are those of their sections; there need be none for clients", async () => {
  const sasl = ["enableSasl", "learnerRequireSasl", "serverRequireSasl"].map((key) => `quorum.auth.${key}=true`);
  const named = await ensembleOf([...sasl, "quorum.auth.learner.saslLoginContext=Mine"], { "jaas.conf": JAAS });
  expect(named).toMatchObject({
    ensemble: { saslEnabled: true, saslUsers: { zk: "secret" }, saslUser: { name: "zk", password: "secret" } },
  });
  expect(await ensembleOf(sasl, { "jaas.conf": JAAS })).toContain("there is no section QuorumLearner");
});

it("the certificates for other servers are those of ssl.quorum", async () => {
  const tls = ["sslQuorum=true", "ssl.quorum.keyStore.location=$DIR/key.pem", "ssl.quorum.hostnameVerification=false"];
  const named = await ensembleOf(tls, { "key.pem": "a key" });
  expect(named).toMatchObject({
    tls: undefined,
    ensemble: { sslQuorum: true, tls: { key: Buffer.from("a key"), clientAuth: "need", hostnameVerification: false } },
  });
  expect(await ensembleOf(tls, {})).toContain("key.pem");
});
