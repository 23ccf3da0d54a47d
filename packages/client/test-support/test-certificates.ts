import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Certificate authority and certificates that it signed, in PEM format. */
export interface TestCertificates {
  readonly ca: string;
  /** Valid for 127.0.0.1 and localhost. */
  readonly server: { readonly key: string; readonly cert: string };
  readonly client: { readonly key: string; readonly cert: string };
  /** Valid for another name than that of the server. */
  readonly elsewhere: { readonly key: string; readonly cert: string };
}

/** Creates certificates that are valid for one day, with the command `openssl`. */
export async function makeTestCertificates(): Promise<TestCertificates> {
  const folder = await mkdtemp(join(tmpdir(), "conclave-tls-"));
  const openssl = (...args: string[]) => run("openssl", args, { cwd: folder });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const issue = async (name: string, names: string) => {
    await openssl("req", ...key, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    await writeFile(join(folder, `${name}.ext`), `subjectAltName=${names}\n`);
    const signer = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "1"];
    await openssl("x509", "-req", "-in", `${name}.csr`, ...signer, "-extfile", `${name}.ext`, "-out", `${name}.pem`);
    return { key: await read(`${name}.key`), cert: await read(`${name}.pem`) };
  };
  const read = (name: string) => readFile(join(folder, name), "utf8");
  try {
    await openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test", "-days", "1");
    return {
      ca: await read("ca.pem"),
      server: await issue("server", "IP:127.0.0.1,DNS:localhost"),
      client: await issue("client", "DNS:client"),
      elsewhere: await issue("elsewhere", "DNS:elsewhere.invalid"),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
