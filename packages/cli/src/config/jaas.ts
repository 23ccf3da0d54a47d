const TOKEN = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|#[^\n]*|"((?:\\.|[^"\\])*)"|[{};=]|[^\s{};="]+|\s+/gy;

/** A JAAS login configuration that cannot be read, or has nothing to serve by. */
export class JaasError extends Error {
  override readonly name = "JaasError";
}

/**
 * The passwords by user of a section of a JAAS login configuration (`java.security.auth.login.config`): each
 * `user_<name>="<password>"` of its `org.apache.zookeeper.server.auth.DigestLoginModule`. Throws a {@link JaasError} where
 * the section is missing, asks for another login module, or is not in JAAS's format.
 */
export function readSaslUsers(text: string, section: string): Record<string, string> {
  const tokens = tokensOf(text);
  for (let at = 0; at < tokens.length; ) {
    const name = tokens[at]!;
    const end = tokens.indexOf("}", at);
    if (tokens[at + 1] !== "{" || end === -1) throw new JaasError(`a section begins with its name and {, not ${name}`);
    if (name === section) return usersOf(tokens.slice(at + 2, end), section);
    at = tokens[end + 1] === ";" ? end + 2 : end + 1;
  }
  throw new JaasError(`there is no section ${section}`);
}

const MODULE = "org.apache.zookeeper.server.auth.DigestLoginModule";

function usersOf([module, , ...options]: readonly string[], section: string): Record<string, string> {
  if (module !== MODULE) {
    throw new JaasError(`the section ${section} asks for ${module}; only ${MODULE} (SASL DIGEST-MD5) can be had here`);
  }
  const users: Record<string, string> = {};
  for (let at = 0; at < options.length; at++) {
    if (options[at + 1] !== "=") continue;
    const user = /^user_(.+)$/.exec(options[at]!)?.[1];
    if (user !== undefined) users[user] = options[at + 2] ?? "";
    at += 2;
  }
  return users;
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const [token, quoted] = match;
    if (quoted !== undefined) tokens.push(quoted.replace(/\\(.)/gs, "$1"));
    else if (!/^\s|^\/\*|^\/\/|^#/.test(token)) tokens.push(token);
  }
  return tokens;
}
