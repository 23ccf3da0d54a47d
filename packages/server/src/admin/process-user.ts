import { userInfo } from "node:os";

/** Returns the name of the user that runs this process. */
export function processUser(): string {
  return processUserInfo().username;
}

/** `os.userInfo` fails for a user without a name, as in some containers. */
export function processUserInfo(): { readonly username: string; readonly homedir: string } {
  try {
    return userInfo();
  } catch {
    return { username: String(process.getuid?.() ?? ""), homedir: process.env.HOME ?? "" };
  }
}
