import { readFile } from "node:fs/promises";
import type { QuorumTlsOptions } from "./quorum-tls-options.js";
import type { ServerTlsOptions } from "./tls-options.js";

/** Beginning of the names of properties. */
type Prefix = "ssl" | "ssl.quorum";
type Properties = Readonly<Record<string, string | undefined>>;

/**
 * Reads TLS options from Apache's properties, named without the prefix `zookeeper.`: `ssl.keyStore.location`,
 * `.password`, `.passwordPath`, `.type`, the same of `ssl.trustStore`, `ssl.clientAuth`, `ssl.protocol`,
 * `ssl.enabledProtocols`, `ssl.ciphersuites`, `ssl.handshakeDetectionTimeoutMillis`; and revocation lists as PEM from the
 * file of our own property `conclave.ssl.crl.location`. Key stores may be PEM or PKCS12,
 * trust stores PEM. Rejects with a `RangeError` for other formats, such as Java's own, which names a command that
 * converts it; with Node.js's error for a file that cannot be read. Returns `undefined` if there is no key store.
 */
export function readApacheTls(properties: Properties): Promise<ServerTlsOptions | undefined> {
  return readTls(properties, "ssl");
}

/**
 * Reads the TLS options for other servers of an ensemble: the same properties, named `ssl.quorum.…`, and
 * `ssl.quorum.hostnameVerification`, `.clientHostnameVerification`, `.allowReverseDnsLookup`; and
 * `conclave.ssl.quorum.crl.location`. Rejects as {@link readApacheTls} does.
 */
export async function readApacheQuorumTls(properties: Properties): Promise<QuorumTlsOptions | undefined> {
  const tls = await readTls(properties, "ssl.quorum");
  const isOn = (name: string): boolean => properties[`ssl.quorum.${name}`]?.toLowerCase() !== "false";
  return (
    tls && {
      ...tls,
      hostnameVerification: isOn("hostnameVerification"),
      clientHostnameVerification: isOn("clientHostnameVerification"),
      allowReverseDnsLookup: isOn("allowReverseDnsLookup"),
    }
  );
}

async function readTls(properties: Properties, prefix: Prefix): Promise<ServerTlsOptions | undefined> {
  const keyStore = await readStore(properties, `${prefix}.keyStore`);
  const trustStore = await readStore(properties, `${prefix}.trustStore`);
  if (keyStore === undefined) return undefined;
  const timeout = properties[`${prefix}.handshakeDetectionTimeoutMillis`];
  const crl = properties[`conclave.${prefix}.crl.location`];
  return {
    ...(keyStore.type === "PEM" ? { key: keyStore.content, cert: keyStore.content } : { pfx: keyStore.content }),
    passphrase: keyStore.password,
    ca: trustStore?.content,
    ...(crl !== undefined && { crl: await readFile(crl) }),
    clientAuth: clientAuthOf(properties, prefix),
    ...versionsOf(properties, prefix),
    ciphers: properties[`${prefix}.ciphersuites`]?.split(",").map(openSslCipher).join(":"),
    handshakeTimeoutMs: timeout === undefined ? undefined : Number(timeout),
  };
}

interface Store {
  readonly location: string;
  readonly type: "PEM" | "PKCS12";
  readonly content: Buffer;
  readonly password: string | undefined;
}

async function readStore(
  properties: Properties,
  name: `${Prefix}.${"keyStore" | "trustStore"}`,
): Promise<Store | undefined> {
  const location = properties[`${name}.location`];
  if (location === undefined) return undefined;
  const type = typeOf(properties[`${name}.type`], location);
  if (name.endsWith("trustStore") && type !== "PEM") {
    throw new RangeError(
      `${name}.location: a trust store of the type ${type} cannot be read; \`keytool -list -rfc -keystore ${location} > trust.pem\` converts it`,
    );
  }
  if (type !== "PEM" && type !== "PKCS12") {
    throw new RangeError(
      `${name}.location: a key store of the type ${type} cannot be read; \`keytool -importkeystore -srckeystore ${location} -destkeystore store.p12 -deststoretype PKCS12\` converts it`,
    );
  }
  const passwordPath = properties[`${name}.passwordPath`];
  const password =
    passwordPath === undefined ? properties[`${name}.password`] : (await readFile(passwordPath, "utf8")).trim();
  return { location, type, content: await readFile(location), password: password === "" ? undefined : password };
}

/** Returns the type of a store as Apache does: the given one, else by the ending of the name, else Java's own. */
function typeOf(type: string | undefined, location: string): string {
  if (type !== undefined && type !== "") return type.toUpperCase();
  const ending = /\.(\w+)$/.exec(location)?.[1]?.toLowerCase();
  if (ending === "pem") return "PEM";
  return ending === "p12" ? "PKCS12" : ending === "bcfks" ? "BCFKS" : "JKS";
}

function clientAuthOf(properties: Properties, prefix: Prefix): ServerTlsOptions["clientAuth"] {
  const value = properties[`${prefix}.clientAuth`];
  const text = value?.toLowerCase() ?? "need";
  if (text === "need" || text === "want" || text === "none") return text;
  throw new RangeError(`${prefix}.clientAuth must be need, want or none, and is ${value}`);
}

function versionsOf(properties: Properties, prefix: Prefix): Pick<ServerTlsOptions, "minVersion" | "maxVersion"> {
  const enabled = properties[`${prefix}.enabledProtocols`] ?? properties[`${prefix}.protocol`];
  if (enabled === undefined) return {};
  const names = enabled.split(",").map((name) => name.trim());
  const known = (["TLSv1.2", "TLSv1.3"] as const).filter((version) => names.includes(version));
  const [minVersion, maxVersion = minVersion] = known;
  if (minVersion === undefined)
    throw new RangeError(`${prefix}.enabledProtocols: TLSv1.2 or TLSv1.3, and it is ${enabled}`);
  return { minVersion, maxVersion };
}

/** Java names ciphers as the standards do, OpenSSL in its own way up to TLS 1.2. */
function openSslCipher(name: string): string {
  const standard = name.trim();
  if (!standard.includes("_WITH_")) return standard;
  return standard
    .replace(/^TLS_/, "")
    .replace(/^RSA_WITH_/, "")
    .replace("_WITH_", "-")
    .replace(/AES_(\d+)_/, "AES$1_")
    .replace("_CBC_", "_")
    .replace("CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305")
    .replaceAll("_", "-");
}
