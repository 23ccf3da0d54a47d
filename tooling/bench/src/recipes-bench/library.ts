import { join } from "node:path";
import type { Curator } from "@conclave/services";
import type { ProcessCommand } from "../message-process.ts";
import { curatorCommand } from "./curator-command.ts";

/** Whose recipes. Ours come first. */
export const CONTENDERS = ["conclave", "curator"] as const;
export type ContenderName = (typeof CONTENDERS)[number];

/** Recipes that are measured, and how to start a process that has them. */
export interface Contender {
  readonly name: ContenderName;
  /** For people. */
  readonly title: string;
  readonly command: ProcessCommand;
}

export const OURS: Contender = {
  name: "conclave",
  title: `@conclave/recipes on Node.js ${process.versions.node}`,
  command: {
    command: process.execPath,
    args: ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "our-contender.ts")],
  },
};

/** Compiles what has Curator contend. */
export async function curatorContender(curator: Curator): Promise<Contender> {
  return {
    name: "curator",
    title: `Curator ${curator.version} on Java ${curator.java.version}`,
    command: await curatorCommand(curator),
  };
}
