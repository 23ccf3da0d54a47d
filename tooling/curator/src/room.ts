import { randomUUID } from "node:crypto";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Who else may be inside while we are: nobody, or others who came by a number, so many in all. */
export type RoomRule = "alone" | number;

/** Record of one visit. */
export interface Entry {
  readonly name: string;
  readonly token: bigint;
}

const JOURNAL = "journal";

/**
 * Folder that represents the guarded resource for processes of any kind: each holder creates a file in it, then reads
 * the files of the others. Of any two concurrent holders, one therefore sees the other. Files are named `<rule> <name>
 * <uuid>`; `Room.java` uses the same names.
 */
export class Room implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "conclave-room-"));

  /** Enters, records the token, stays until `meanwhile` settles, and leaves. Rejects if the rule is violated. */
  async visit(name: string, rule: RoomRule, token: bigint, meanwhile: () => Promise<unknown>): Promise<void> {
    const file = join(this.folder, `${rule} ${name} ${randomUUID()}`);
    writeFileSync(file, "", { flag: "wx" });
    const inside = readdirSync(this.folder).filter((each) => each !== JOURNAL);
    const isCrowded = inside.length > 1 && inside.some((each) => each.startsWith("alone "));
    if (isCrowded || inside.length > (rule === "alone" ? 1 : rule)) {
      throw new Error(`these are inside at once: ${inside.join(", ")}`);
    }
    appendFileSync(join(this.folder, JOURNAL), `${name} ${token}\n`);
    await meanwhile();
    unlinkSync(file);
  }

  /** Returns all visits in the order of entry. */
  get entries(): readonly Entry[] {
    const lines = readFileSync(join(this.folder, JOURNAL), "utf8").trimEnd().split("\n");
    return lines.map((line) => {
      const [name = "", token = ""] = line.split(" ");
      return { name, token: BigInt(token) };
    });
  }

  /** As {@link entries}, by rising tokens: where several may be inside, one who came in first may be noted last. */
  get entriesInLine(): readonly Entry[] {
    return this.entries.toSorted((a, b) => (a.token < b.token ? -1 : 1));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
