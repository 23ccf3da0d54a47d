import { userInfo } from "node:os";

/** Whom the process runs as. */
export function processUser(): string {
  return processUserInfo().username;
}

/** As `os.userInfo`; a container may run as a user that has no name. */
export function processUserInfo(): { readonly username: string; readonly homedir: string } {
  try {
    return userInfo();
  } catch {
    return { username: String(process.getuid?.() ?? ""), homedir: process.env.HOME ?? "" };
  }
}
