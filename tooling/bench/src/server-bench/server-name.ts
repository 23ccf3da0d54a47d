/** The servers that are measured. Ours comes first. */
export const CONTESTANTS = ["conclave", "apache"] as const;
export type Contestant = (typeof CONTESTANTS)[number];
