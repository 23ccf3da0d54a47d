import { spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Curator } from "@conclave/services";

const SOURCES = join(import.meta.dirname, "../java");

/** A cache that may be removed at any time. */
const cacheFolder = (): string => join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "conclave-curator");

/**
 * Compiles one Java package below `java/`, such as `conclave`, unless its classes for the same sources, Curator and Java exist.
 * Resolves with the folder of the classes, for a classpath; rejects with the messages of the compiler.
 */
export const compileJava = async (name: string, { java, classpath, version }: Curator): Promise<string> => {
  const sources = readdirSync(join(SOURCES, name))
    .filter((file) => file.endsWith(".java"))
    .map((file) => join(SOURCES, name, file));
  const hash = createHash("sha256").update([java.version, version, ...classpath].join("\n"));
  for (const source of sources) hash.update(readFileSync(source));
  const folder = join(cacheFolder(), hash.digest("hex").slice(0, 16));
  if (existsSync(folder)) return folder;

  const temporary = `${folder}-${randomUUID()}`;
  await mkdir(temporary, { recursive: true });
  try {
    const compiler = ["-m", "jdk.compiler/com.sun.tools.javac.Main", "-proc:none", "-encoding", "UTF-8"];
    const args = [...compiler, "-cp", classpath.join(":"), "-d", temporary, ...sources];
    const child = spawn(java.command, args, { stdio: ["ignore", "ignore", "pipe"] });
    const [printed, [code]] = await Promise.all([text(child.stderr), once(child, "close")]);
    if (code !== 0) throw new Error(`the Java package ${name} does not compile with Curator ${version}:\n${printed}`);
    // Another process may have compiled the same classes first; either result is valid.
    await rename(temporary, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
    return folder;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
};
