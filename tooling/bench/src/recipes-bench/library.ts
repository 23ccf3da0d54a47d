import { join } from "node:path";
import type { Curator } from "@conclave/services";
import type { ProcessCommand } from "../processes/message-process.ts";
import { curatorCommand } from "./curator-command.ts";

/** Measured recipe libraries. Ours comes first. */
export const LIBRARIES = ["conclave", "curator"] as const;
export type LibraryName = (typeof LIBRARIES)[number];

/** A recipe library, and the command of a process that uses it. */
export interface Library {
  readonly name: LibraryName;
  /** Name and version for tables. */
  readonly title: string;
  readonly command: ProcessCommand;
}

export const OURS: Library = {
  name: "conclave",
  title: `@conclave/recipes on Node.js ${process.versions.node}`,
  command: {
    command: process.execPath,
    args: ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "our-library-process.ts")],
  },
};

/** Compiles the Java program that uses Curator's recipes, and returns its library. */
export async function curatorLibrary(curator: Curator): Promise<Library> {
  return {
    name: "curator",
    title: `Curator ${curator.version} on Java ${curator.java.version}`,
    command: await curatorCommand(curator),
  };
}
