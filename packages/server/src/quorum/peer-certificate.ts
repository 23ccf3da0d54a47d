import type { X509Certificate } from "node:crypto";
import { lookupService } from "node:dns/promises";
import { isIP } from "node:net";

/** Returns true if a certificate is for one of these host names and addresses. */
export function isCertificateFor(certificate: X509Certificate, names: readonly string[]): boolean {
  return names.some((name) => {
    const plain = name.replace(/^::ffff:(?=[\d.]+$)/i, "");
    if (isIP(plain) !== 0) return certificate.checkIP(plain) !== undefined;
    return plain !== "" && certificate.checkHost(plain) !== undefined;
  });
}

/** The same for the server that has connected from an address; looks up its name if the address is not enough. */
export async function isCertificateOfPeer(
  certificate: X509Certificate,
  address: string,
  allowsLookup: boolean,
): Promise<boolean> {
  if (isCertificateFor(certificate, [address])) return true;
  if (!allowsLookup) return false;
  const { hostname } = await lookupService(address, 0).catch(() => ({ hostname: "" }));
  return isCertificateFor(certificate, [hostname]);
}

/** A certificate is for another host than the one that has it. */
export class HostMismatchError extends Error {
  override readonly name = "HostMismatchError";

  constructor(certificate: X509Certificate, names: readonly string[]) {
    super(
      `the certificate is for ${certificate.subjectAltName ?? certificate.subject}, and not for ${names.join(" or ")}`,
    );
  }
}

const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /HostMismatch/,
    "issue that server a certificate with its host name or address among the alternative names, or set ssl.quorum.hostnameVerification=false",
  ],
  [
    /WRONG_VERSION_NUMBER|HTTP_REQUEST|disconnected before secure|NO_TLS|packet length/i,
    "one of the two servers uses TLS and the other does not: set portUnification=true on all servers, then sslQuorum=true on all, then portUnification=false",
  ],
  [
    /CERTIFICATE_REQUIRED|PEER_DID_NOT_RETURN|alert handshake failure/i,
    "servers show their certificates to each other: set ssl.quorum.keyStore.location on both, or ssl.quorum.clientAuth=none",
  ],
  [
    /alert (?:unknown ca|bad certificate|certificate unknown|unsupported certificate)|ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN)/i,
    "that server does not trust this one's certificate: add its authority to ssl.quorum.trustStore.location there",
  ],
  [/REVOKED/, "issue that server a new certificate: its authority has revoked the one that it shows"],
  [
    /CRL/,
    "the file of conclave.ssl.quorum.crl.location must have a list of each authority, the root included, that is not out of date",
  ],
  [/EXPIRED|NOT_YET_VALID/, "issue a new certificate, or set the clocks of both machines"],
  [
    /SELF_SIGNED|UNABLE_TO|CERT_|UNTRUSTED/,
    "add the authority of that server's certificate to ssl.quorum.trustStore.location here",
  ],
];

/** Returns advice for an operator about a handshake that failed. */
export function handshakeRemedy(error: Error & { readonly code?: string | undefined }): string {
  const text = `${error.name} ${error.code ?? ""} ${error.message}`;
  const found = REMEDIES.find(([pattern]) => pattern.test(text));
  return found?.[1] ?? "compare the keys ssl.quorum.* of both servers";
}
