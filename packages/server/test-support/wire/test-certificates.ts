import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

interface KeyAndCert {
  readonly key: string;
  readonly cert: string;
}

/** A certificate authority and the certificates that it signed, as PEM. */
export interface TestCertificates {
  readonly ca: string;
  /** For 127.0.0.1 and localhost. */
  readonly server: KeyAndCert;
  /** Certificate of `CN=alice,OU=ops\, night,O=Example,C=DE`. */
  readonly alice: KeyAndCert;
  /** Signed by another authority. */
  readonly stranger: KeyAndCert;
  /** For 127.0.0.1; {@link crl} revokes it. */
  readonly revoked: KeyAndCert;
  /** Revocation list of the authority. */
  readonly crl: string;
}

/** Makes certificates for a day, by the command `openssl`. */
export async function makeTestCertificates(): Promise<TestCertificates> {
  const folder = await mkdtemp(join(tmpdir(), "conclave-tls-"));
  const openssl = (...args: string[]) => run("openssl", args, { cwd: folder });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const read = (name: string) => readFile(join(folder, name), "utf8");
  const authority = (name: string) =>
    openssl(
      "req",
      "-x509",
      ...newKey,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.pem`,
      "-subj",
      "/CN=ca",
      "-days",
      "1",
    );
  const issue = async (name: string, subject: string, names: string, by: string): Promise<KeyAndCert> => {
    await openssl("req", ...newKey, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", subject);
    await writeFile(join(folder, `${name}.ext`), `subjectAltName=${names}\n`);
    const signer = ["-CA", `${by}.pem`, "-CAkey", `${by}.key`, "-CAcreateserial", "-days", "1"];
    await openssl("x509", "-req", "-in", `${name}.csr`, ...signer, "-extfile", `${name}.ext`, "-out", `${name}.pem`);
    return { key: await read(`${name}.key`), cert: await read(`${name}.pem`) };
  };
  const revoke = async (name: string): Promise<string> => {
    const settings = "[ca]\ndefault_ca=d\n[d]\ndatabase=revoked\ndefault_md=sha256\ndefault_crl_days=1\n";
    await writeFile(join(folder, "ca.cnf"), settings);
    await writeFile(join(folder, "revoked"), "");
    const ca = ["ca", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key"];
    await openssl(...ca, "-revoke", `${name}.pem`);
    await openssl(...ca, "-gencrl", "-out", "crl.pem");
    return read("crl.pem");
  };
  try {
    await authority("ca");
    await authority("other");
    return {
      ca: await read("ca.pem"),
      server: await issue("server", "/CN=server", "IP:127.0.0.1,DNS:localhost", "ca"),
      alice: await issue("alice", "/C=DE/O=Example/OU=ops, night/CN=alice", "DNS:alice", "ca"),
      stranger: await issue("stranger", "/CN=alice", "DNS:alice", "other"),
      revoked: await issue("revoked", "/CN=revoked", "IP:127.0.0.1,DNS:localhost", "ca"),
      crl: await revoke("revoked"),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
