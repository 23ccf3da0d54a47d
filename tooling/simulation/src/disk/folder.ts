import type { Random } from "@conclave/runtime";
import { type Inode, survivors } from "./inode.ts";

/** A name that comes to mean a file, or none; a rename is both in one step. */
type Names = readonly (readonly [name: string, inode: Inode | undefined])[];

/** The names in a folder, as readers see them, and as they are after a loss of power. */
export class Folder {
  readonly names = new Map<string, Inode>();
  #durable = new Map<string, Inode>();
  #pending: Names[] = [];

  get pendingCount(): number {
    return this.#pending.length;
  }

  change(change: Names): void {
    this.#pending.push(change);
    apply(this.names, change);
  }

  /** Makes the first `count` pending changes durable. */
  sync(count: number): void {
    for (const change of this.#pending.splice(0, count)) apply(this.#durable, change);
  }

  losePower(random: Random): void {
    for (const change of survivors(this.#pending, random)) apply(this.#durable, change);
    this.#pending = [];
    this.names.clear();
    for (const [name, inode] of this.#durable) this.names.set(name, inode);
    for (const inode of new Set(this.names.values())) inode.losePower(random);
  }
}

function apply(names: Map<string, Inode>, change: Names): void {
  for (const [name, inode] of change) {
    if (inode === undefined) names.delete(name);
    else names.set(name, inode);
  }
}
