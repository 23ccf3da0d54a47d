import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { readApacheQuorumTls } from "@conclave/server";
import type { MoreSettings } from "./test-ensemble.ts";

const run = promisify(execFile);
const MODULE = "org.apache.zookeeper.server.auth.DigestLoginModule required";

/** TLS between servers, with one certificate for 127.0.0.1 that an authority of its own has signed. */
export async function tlsSettings(folder: string): Promise<MoreSettings> {
  const openssl = (...args: string[]) => run("openssl", args, { cwd: folder });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await openssl("req", "-x509", ...newKey, ..."-keyout ca.key -out ca.pem -subj /CN=ca -days 1".split(" "));
  await openssl("req", ...newKey, ..."-keyout server.key -out server.csr -subj /CN=server".split(" "));
  await writeFile(join(folder, "server.ext"), "subjectAltName=IP:127.0.0.1\n");
  const signed = "-CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -extfile server.ext -out server.pem";
  await openssl("x509", "-req", "-in", "server.csr", ...signed.split(" "));
  const key = await readFile(join(folder, "server.key"), "utf8");
  await writeFile(join(folder, "both.pem"), key + (await readFile(join(folder, "server.pem"), "utf8")));
  const properties = {
    "ssl.quorum.keyStore.location": join(folder, "both.pem"),
    "ssl.quorum.trustStore.location": join(folder, "ca.pem"),
  };
  return {
    ensemble: { sslQuorum: true, tls: await readApacheQuorumTls(properties) },
    config: { sslQuorum: true, ...properties },
    jvmArgs: [],
  };
}

/** SASL between servers, required of all of them. */
export async function saslSettings(folder: string): Promise<MoreSettings> {
  const file = join(folder, "jaas.conf");
  const server = `QuorumServer { ${MODULE} user_zk="secret"; };`;
  await writeFile(file, `${server}\nQuorumLearner { ${MODULE} username="zk" password="secret"; };\n`);
  return {
    ensemble: {
      ...{ saslEnabled: true, saslLearnerRequired: true, saslServerRequired: true },
      ...{ saslUsers: { zk: "secret" }, saslUser: { name: "zk", password: "secret" } },
    },
    config: {
      "quorum.auth.enableSasl": true,
      "quorum.auth.learnerRequireSasl": true,
      "quorum.auth.serverRequireSasl": true,
    },
    jvmArgs: [`-Djava.security.auth.login.config=${file}`],
  };
}
