/** The repository in memory: the only input of every rule. */
export interface Workspace {
  /** Text of each file that git tracks or would track, by its path from the repository's root, with `/`. */
  readonly files: ReadonlyMap<string, string>;
  /**
   * Paths of such files that are not text: pictures, golden bytes.
   * @default none
   */
  readonly binaries?: ReadonlySet<string>;
}
