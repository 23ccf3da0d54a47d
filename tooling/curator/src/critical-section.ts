import { randomUUID } from "node:crypto";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Number of holders that may be in the critical section together; `exclusive` also excludes all that came by a number. */
export type HolderLimit = "exclusive" | number;

/** One entry into the critical section. */
export interface Entry {
  readonly name: string;
  readonly token: bigint;
}

const JOURNAL = "journal";

/**
 * Folder that represents the guarded resource for processes of any kind: each holder creates a file in it, then reads
 * the names of the others' files. Of any two concurrent holders, one therefore sees the other. Files are named `<limit>
 * <name> <uuid>`; `CriticalSection.java` uses the same names.
 */
export class CriticalSection implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "conclave-critical-section-"));

  /** Enters, records the token, runs `task`, and leaves when it settles. Rejects if the limit of any holder is exceeded. */
  async run(name: string, limit: HolderLimit, token: bigint, task: () => Promise<unknown>): Promise<void> {
    const file = join(this.folder, `${limit} ${name} ${randomUUID()}`);
    writeFileSync(file, "", { flag: "wx" });
    const holders = readdirSync(this.folder).filter((each) => each !== JOURNAL);
    const isShared = holders.length > 1 && holders.some((each) => each.startsWith("exclusive "));
    if (isShared || holders.length > (limit === "exclusive" ? 1 : limit)) {
      throw new Error(`too many holders in the critical section: ${holders.join(", ")}`);
    }
    appendFileSync(join(this.folder, JOURNAL), `${name} ${token}\n`);
    await task();
    unlinkSync(file);
  }

  /** Returns all entries, in order. */
  get entries(): readonly Entry[] {
    const lines = readFileSync(join(this.folder, JOURNAL), "utf8").trimEnd().split("\n");
    return lines.map((line) => {
      const [name = "", token = ""] = line.split(" ");
      return { name, token: BigInt(token) };
    });
  }

  /** Returns all entries by rising token. Concurrent holders may be recorded in another order than they entered. */
  get entriesByToken(): readonly Entry[] {
    return this.entries.toSorted((a, b) => (a.token < b.token ? -1 : 1));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
