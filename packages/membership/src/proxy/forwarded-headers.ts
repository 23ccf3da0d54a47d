import { type ClusterRequest, headerOf } from "../http/cluster-request.js";

/** Says whether to believe the `x-forwarded-*` fields that a peer with this IP address sends. */
export type TrustProxy = (address: string) => boolean;

/** Fields by which proxies describe the original request. Those of an untrusted peer are not passed on. */
const CLAIMS = /^(?:forwarded|x-forwarded-.*|x-real-ip)$/;

/**
 * Returns the fields that describe the original request to the next member. Of a peer that is not trusted, nothing that it
 * claims is kept: its own address, its protocol and the host that it asked for are set. Of a trusted one, the address is
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

/** Says whether a field of a request is one of {@link CLAIMS}. */
export function isForwardingClaim(name: string): boolean {
  return CLAIMS.test(name);
}

/** The host that was asked for: of an absolute target its own (RFC 9112, 3.2.2), else the `host` field's or, in HTTP/2, `:authority`. */
function hostOf(request: ClusterRequest): string | undefined {
  if (/^https?:/i.test(request.target) && URL.canParse(request.target)) return new URL(request.target).host;
  return headerOf(request, ":authority") ?? headerOf(request, "host");
}
