import type { X509Certificate } from "node:crypto";

/**
 * The subject of a certificate as Java's `X500Principal.getName()` writes it (RFC 2253): the most specific part first.
 * Java knows the names of these attributes; one of another would stand there as a number, and does not match here.
 */
export function subjectOf(certificate: X509Certificate): string {
  return certificate.subject.split("\n").reverse().join(",");
}
