import { globSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Wall clocks of the members, which jump as a clock does that is set by hand. The monotonic clock is the machine's. Needs
 * libfaketime, which takes the place of the C library's functions in the processes of the members.
 */
export class MemberClocks {
  readonly #library: string;
  readonly #folder: string;
  readonly #size: number;

  private constructor(library: string, size: number, folder: string) {
    this.#library = library;
    this.#size = size;
    this.#folder = folder;
  }

  /** Resolves with the clocks of members 1 to `size`, or with the reason why this machine cannot have them. */
  static async open(size: number, folder: string): Promise<MemberClocks | string> {
    const [library] = globSync("/usr/lib{,64}/{*/,}faketime/libfaketimeMT.so.1");
    if (library === undefined) return "no libfaketime (on Debian and Ubuntu: apt-get install libfaketime)";
    const clocks = new MemberClocks(library, size, folder);
    await clocks.reset();
    return clocks;
  }

  /** Environment of the process of a member. */
  environment(id: number): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: this.#library,
      FAKETIME_TIMESTAMP_FILE: this.#file(id),
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      // Seconds until a change of the file is seen.
      FAKETIME_CACHE_DURATION: "1",
    };
  }

  /** Sets the clock of a member forward by a number of seconds, or back by a negative one. */
  async jump(id: number, seconds: number): Promise<void> {
    await writeFile(this.#file(id), seconds < 0 ? String(seconds) : `+${seconds}`);
  }

  /** Sets all clocks right. */
  async reset(): Promise<void> {
    for (let id = 1; id <= this.#size; id++) await this.jump(id, 0);
  }

  #file(id: number): string {
    return join(this.#folder, `clock-${id}`);
  }
}
