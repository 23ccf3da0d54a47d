/** Servers that are measured. Ours comes first. */
export const SERVER_NAMES = ["conclave", "apache"] as const;
export type ServerName = (typeof SERVER_NAMES)[number];
