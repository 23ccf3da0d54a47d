/** What concerns one connection, and is not passed on (RFC 9110, 7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Which headers of a message are passed on: neither the usual ones of a connection, nor those that `connection` names. */
export function isPassedOn(connection: string | undefined): (name: string) => boolean {
  const named = new Set(
    connection
      ?.toLowerCase()
      .split(",")
      .map((name) => name.trim()),
  );
  return (name) => !HOP_BY_HOP.has(name.toLowerCase()) && !named.has(name.toLowerCase());
}
