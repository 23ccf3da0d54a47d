/** The prefix that a client's paths lie under on the server; the caller neither writes nor sees it. */
export class Chroot {
  /** "" for none; else an absolute path without a slash at its end. */
  readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  toServer(path: string): string {
    if (this.prefix === "") return path;
    return path === "/" ? this.prefix : this.prefix + path;
  }

  /** For a path that the server completes with a number: there "/" is the start of a name. */
  toServerPrefix(path: string): string {
    return this.prefix + path;
  }

  /** The caller's name for a path of the server. One outside of the chroot is left as it is. */
  toCaller(serverPath: string): string {
    const { prefix } = this;
    if (prefix === "" || !serverPath.startsWith(prefix)) return serverPath;
    if (serverPath.length === prefix.length) return "/";
    return serverPath.charCodeAt(prefix.length) === SLASH ? serverPath.slice(prefix.length) : serverPath;
  }
}

const SLASH = 0x2f;
