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
  const users: Record<string, string> = {};
  for (const [name, value] of optionsOf(text, section)) {
    const user = /^user_(.+)$/.exec(name)?.[1];
    if (user !== undefined) users[user] = value;
  }
  return users;
}

/** Returns true if there is such a section. Throws a {@link JaasError} if the text is not in JAAS's format. */
export function hasSection(text: string, section: string): boolean {
  return sectionOf(text, section) !== undefined;
}

/** The `username` and `password` of a section, by which this server authenticates to others. Throws as {@link readSaslUsers}. */
export function readSaslUser(text: string, section: string): { readonly name: string; readonly password: string } {
  const { username: name, password } = Object.fromEntries(optionsOf(text, section));
  if (name === undefined || password === undefined) {
    throw new JaasError(`the section ${section} must have username="…" and password="…"`);
  }
  return { name, password };
}

function optionsOf(text: string, section: string): [name: string, value: string][] {
  const tokens = sectionOf(text, section);
  if (tokens === undefined) throw new JaasError(`there is no section ${section}`);
  return parseModule(tokens, section);
}

function sectionOf(text: string, section: string): string[] | undefined {
  const tokens = tokensOf(text);
  for (let at = 0; at < tokens.length; ) {
    const name = tokens[at]!;
    const end = tokens.indexOf("}", at);
    if (tokens[at + 1] !== "{" || end === -1) throw new JaasError(`a section begins with its name and {, not ${name}`);
    if (name === section) return tokens.slice(at + 2, end);
    at = tokens[end + 1] === ";" ? end + 2 : end + 1;
  }
  return undefined;
}

const MODULE = "org.apache.zookeeper.server.auth.DigestLoginModule";

function parseModule([module, , ...tokens]: readonly string[], section: string): [name: string, value: string][] {
  if (module !== MODULE) {
    throw new JaasError(`the section ${section} asks for ${module}; only ${MODULE} (SASL DIGEST-MD5) can be had here`);
  }
  const options: [name: string, value: string][] = [];
  for (let at = 0; at < tokens.length; at++) {
    if (tokens[at + 1] !== "=") continue;
    options.push([tokens[at]!, tokens[at + 2] ?? ""]);
    at += 2;
  }
  return options;
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
