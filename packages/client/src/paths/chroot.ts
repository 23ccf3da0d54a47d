/** Path prefix of a client on the server. Callers neither write nor see it. */
export class Chroot {
  /** Either "" (no chroot) or an absolute path without a trailing slash. */
  readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  toServer(path: string): string {
    if (this.prefix === "") return path;
    return path === "/" ? this.prefix : this.prefix + path;
  }

  /** Converts a path to which the server appends a number: such a path may end with "/". */
  toServerPrefix(path: string): string {
    return this.prefix + path;
  }

  /** Converts a path of the server to the caller's path. A path outside of the chroot is returned unchanged. */
  toCaller(serverPath: string): string {
    const { prefix } = this;
    if (prefix === "" || !serverPath.startsWith(prefix)) return serverPath;
    if (serverPath.length === prefix.length) return "/";
    return serverPath.charCodeAt(prefix.length) === SLASH ? serverPath.slice(prefix.length) : serverPath;
  }
}

const SLASH = 0x2f;
