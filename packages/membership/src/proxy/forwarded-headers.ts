import { type ClusterRequest, headerOf } from "../http/cluster-request.js";

/** Returns true for the IP address of a peer whose `x-forwarded-*` fields are trusted. */
export type TrustProxy = (address: string) => boolean;

/** Fields by which proxies describe the original request. Those of an untrusted peer are not passed on. */
const CLAIMS = /^(?:forwarded|x-forwarded-.*|x-real-ip)$/;

/**
 * Returns the fields that describe the original request to the next member. The claims of an
 * untrusted peer are dropped: its own address, its protocol and the host that it requested are set. Of a trusted one, the address is
 * appended to `x-forwarded-for`, and the other fields are kept and completed.
 */
export function forwardedHeaders(request: ClusterRequest, trustProxy: TrustProxy): Record<string, string> {
  const { peer } = request;
  const isTrusted = peer !== undefined && trustProxy(peer.address);
  const claimed = (name: string): string | undefined => {
    const value = isTrusted ? request.headers[name] : undefined;
    return value === undefined ? undefined : [value].flat().join(", ");
  };
  const headers: Record<string, string> = {};
  if (isTrusted) {
    for (const name of Object.keys(request.headers)) if (CLAIMS.test(name)) headers[name] = claimed(name) ?? "";
  }
  if (peer !== undefined) {
    const addresses = [claimed("x-forwarded-for"), peer.address.replace(/^::ffff:(?=\d+\.)/, "")];
    headers["x-forwarded-for"] = addresses.filter((address) => address !== undefined && address !== "").join(", ");
    headers["x-forwarded-proto"] ??= peer.isEncrypted ? "https" : "http";
  }
  const host = hostOf(request);
  if (host !== undefined) headers["x-forwarded-host"] ??= host;
  return headers;
}

/** Returns true for a field by which a proxy describes the original request. */
export function isForwardingClaim(name: string): boolean {
  return CLAIMS.test(name);
}

/** Returns the requested host: that of an absolute target (RFC 9112, 3.2.2), else that of `:authority` (HTTP/2) or of the `host` field. */
function hostOf(request: ClusterRequest): string | undefined {
  if (/^https?:/i.test(request.target) && URL.canParse(request.target)) return new URL(request.target).host;
  return headerOf(request, ":authority") ?? headerOf(request, "host");
}
