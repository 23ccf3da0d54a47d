/** A server in a run: ours, Apache's, or ours of another checkout. */
export type ServerName = "conclave" | "apache" | "other";

/** The kinds of servers. Ours comes first. */
export const SERVER_NAMES = ["conclave", "apache"] as const satisfies readonly ServerName[];

/** Names of the servers in tables. */
export const SERVER_TITLES: Readonly<Record<ServerName, string>> = {
  conclave: "Conclave",
  apache: "Apache",
  other: "other",
};
