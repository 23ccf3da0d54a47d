import type { Acl } from "@conclave/protocol";
import { isSameAcl } from "./acl-check.js";

/** One list for all znodes that have the same: there are few different ones. None is forgotten. */
export class AclLists {
  readonly #lists: (readonly Acl[])[] = [];
  readonly #numbers = new Map<string, number>();
  #recent = -1;

  /** Each once. */
  get all(): readonly (readonly Acl[])[] {
    return this.#lists;
  }

  at(number: number): readonly Acl[] {
    return this.#lists[number]!;
  }

  /** The number of the list that grants the same in the same order. */
  numberOf(acl: readonly Acl[]): number {
    // Mostly the same as before: a session makes znodes alike.
    if (this.#recent === -1 || !isSameAcl(acl, this.at(this.#recent))) this.#recent = this.#find(acl);
    return this.#recent;
  }

  #find(acl: readonly Acl[]): number {
    const key = JSON.stringify(acl.map(({ permissions, id }) => [permissions, id.scheme, id.id]));
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.#lists.length);
    return this.#lists.push(acl) - 1;
  }
}
