/** Fields that concern one connection (RFC 9110, 7.6.1), with those of its older and neighbouring specifications. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Returns a test for field names that says which fields of a message are for its final recipient: neither those of one
 * connection nor those that its `connection` field lists.
 */
export function endToEnd(connection: string | readonly string[] | undefined): (name: string) => boolean {
  const listed = new Set(listOf(connection));
  return (name) => !HOP_BY_HOP.has(name.toLowerCase()) && !listed.has(name.toLowerCase());
}

/** Returns the members of a comma-separated field, in lower case. */
export function listOf(field: string | readonly string[] | undefined): string[] {
  const members = [field ?? []].flat().join(",").toLowerCase().split(",");
  return members.map((member) => member.trim()).filter((member) => member !== "");
}
