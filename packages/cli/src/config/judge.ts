import type { ConfigProblem } from "./config-error.js";
import type { Given } from "./given.js";
import { isSafeguard, OTHER_KEYS, otherKey, unkeptOut } from "./other-keys.js";
import { SETTING_NAMES, type Values } from "./settings.js";
import { similarKey } from "./similar-key.js";

/** Problems, which keep a server from starting, and warnings. */
export interface Judgement {
  readonly problems: ConfigProblem[];
  readonly warnings: ConfigProblem[];
}

/** Keys that name the members of an ensemble: members.ts. */
const MEMBER = /^(?:server\.|group\.\d+$|weight\.\d+$|dynamicConfigFile$)/;

/** Checks a key that belongs to no setting. */
export function judgeOther(
  { key, value, line, argument, isZooKeepers }: Given,
  given: ReadonlyMap<string, Given>,
  { problems, warnings }: Judgement,
): void {
  if (line !== undefined && MEMBER.test(key)) return;
  const clients = unkeptOut(key, value);
  const [list] = key.endsWith(".crl") ? [`conclave.${key}.location`] : [];
  if (clients !== undefined && (list === undefined || !given.has(list))) {
    const remedy = list === undefined ? "" : `name a file with the lists of revoked certificates (${list}), or `;
    const message = `${key} is "${value}", but this version cannot keep out ${clients}: ${remedy}leave the key out to serve without that safeguard`;
    problems.push({ line, argument, message });
  }
  if (isSafeguard(key)) return;
  const other = otherKey(key);
  if (other?.kind === "not-yet") {
    warnings.push({ line, argument, message: `${key} has no effect: ${other.instead}` });
  } else if (other?.kind === "of-java" || (other === undefined && !isZooKeepers)) {
    warnings.push({ line, argument, message: `${key} configures Apache's Java server, and has no effect here` });
  } else if (other === undefined) {
    const similar = similarKey(key, [...SETTING_NAMES, ...OTHER_KEYS]);
    const question = similar === undefined ? "" : `; did you mean ${similar}?`;
    warnings.push({ line, argument, message: `${key} is not a key of ZooKeeper, and has no effect${question}` });
  }
}

/** Returns the place of a key, for messages about it. */
export const placeOf = (given: Given | undefined): Pick<ConfigProblem, "line" | "argument"> => ({
  line: given?.line,
  argument: given?.argument,
});

/** Checks rules about several keys together. */
export function judgeWhole(values: Values, given: ReadonlyMap<string, Given>, judgement: Judgement): void {
  const { problems, warnings } = judgement;
  if (!given.has("dataDir")) {
    problems.push({ message: "dataDir is missing: the folder for snapshots and transaction logs" });
  }
  const unified = values["client.portUnification"] === true ? given.get("client.portUnification") : undefined;
  const secure = given.get("secureClientPort") ?? unified;
  if (secure !== undefined && !given.has("ssl.keyStore.location")) {
    const message = `${secure.key} needs ssl.keyStore.location: the server's key and certificate, as PEM or PKCS12`;
    problems.push({ ...placeOf(secure), message });
  }
  const enforced = given.get("enforce.auth.enabled");
  if (values["enforce.auth.enabled"] === true && (values["enforce.auth.schemes"] ?? []).length === 0) {
    const message = "enforce.auth.enabled needs enforce.auth.schemes: a client must authenticate by one of them";
    problems.push({ ...placeOf(enforced), message });
  }
  const retained = values["autopurge.snapRetainCount"];
  if (retained !== undefined && retained < 3) {
    const message = `autopurge.snapRetainCount is ${retained}: at least 3 snapshots are kept`;
    warnings.push({ ...placeOf(given.get("autopurge.snapRetainCount")), message });
  }
  judgeTimeouts(values, given, problems);
  judgeWords(values, given, warnings);
}

/** -1 asks for the default. */
const orDefault = (value: number | undefined): number | undefined => (value === -1 ? undefined : value);

function judgeTimeouts(values: Values, given: ReadonlyMap<string, Given>, problems: ConfigProblem[]): void {
  const tick = values.tickTime ?? 3000;
  const min = orDefault(values.minSessionTimeout) ?? 2 * tick;
  const max = orDefault(values.maxSessionTimeout) ?? 20 * tick;
  if (min <= max) return;
  const key = orDefault(values.minSessionTimeout) === undefined ? "maxSessionTimeout" : "minSessionTimeout";
  const message = `minSessionTimeout is ${min} ms, more than maxSessionTimeout, ${max} ms (their defaults are 2 and 20 times tickTime, ${tick} ms)`;
  problems.push({ ...placeOf(given.get(key)), message });
}

/** Four-letter words that the server can answer. */
export const ANSWERED_WORDS: readonly string[] =
  "conf cons crst dirs dump envi gtmk hash isro mntr ruok srst srvr stat stmk wchc wchp wchs".split(" ");

function judgeWords(values: Values, given: ReadonlyMap<string, Given>, warnings: ConfigProblem[]): void {
  const words = values["4lw.commands.whitelist"];
  if (words === undefined || words === "*") return;
  const unknown = words.filter((word) => !ANSWERED_WORDS.includes(word));
  if (unknown.length === 0) return;
  const message = `unknown four-letter words: ${unknown.join(", ")}`;
  warnings.push({ ...placeOf(given.get("4lw.commands.whitelist")), message });
}
