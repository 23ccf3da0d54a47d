import { type AnswerReader, ShortAnswerError } from "./answer-reader.ts";

/** Reads the body of one kind of answer. */
export type Layout = (answer: AnswerReader) => string;

export const nothing: Layout = () => "";
export const number: Layout = (answer) => answer.int();
/** One buffer or string: a path, a token or a name. */
export const oneBuffer: Layout = (answer) => answer.data();
const sorted: Layout = (answer) => answer.unordered(() => answer.data());

export const stat: Layout = (answer) => {
  const { names } = answer;
  const [czxid, mzxid] = [answer.zxid(), answer.zxid()];
  const [ctime, mtime] = [names.time(answer.longValue()), names.time(answer.longValue())];
  const [version, cversion, aversion] = [answer.int(), answer.int(), answer.int()];
  const owner = names.session(answer.longValue());
  const [dataLength, children, pzxid] = [answer.int(), answer.int(), answer.zxid()];
  return [
    ...[`{czxid ${czxid}`, `mzxid ${mzxid}`, `pzxid ${pzxid}`, `ctime ${ctime}`, `mtime ${mtime}`],
    ...[`version ${version}`, `cversion ${cversion}`, `aversion ${aversion}`, `owner ${owner}`],
    ...[`dataLength ${dataLength}`, `children ${children}}`],
  ].join(", ");
};

/** Token of DIGEST-MD5 without its random parts: the nonce, and the values computed from it. */
export const digestToken: Layout = (answer) =>
  answer
    .data()
    .replace(/nonce=\\"[\w+/=]+\\"/, 'nonce=\\"nonce\\"')
    .replace(/rspauth=[0-9a-f]{32}/, "rspauth=proof");

/** Joins two consecutive layouts. */
const both =
  (first: Layout, second: Layout): Layout =>
  (answer) =>
    `${first(answer)} ${second(answer)}`;

export const dataAndStat = both(oneBuffer, stat);
export const children = sorted;
export const childrenAndStat = both(sorted, stat);
export const aclsAndStat = both(
  (answer) => answer.vector(() => `(${answer.int()} ${answer.data()} ${answer.data()})`),
  stat,
);
/** Scheme and user of each identity. */
export const identities: Layout = (answer) => answer.unordered(() => `(${answer.data()} ${answer.data()})`);

/** Body of each part of a multi, by the type in the header of the part. */
const PARTS: Readonly<Record<number, Layout>> = {
  [-1]: number,
  1: oneBuffer,
  2: nothing,
  4: dataAndStat,
  5: stat,
  8: sorted,
  13: nothing,
  15: dataAndStat,
};

/** Parts {int type, bool done, int err} with their bodies, then a terminator in the form of a part with done = true. */
export const parts: Layout = (answer) => {
  const shown: string[] = [];
  for (;;) {
    const type = answer.intValue();
    const [done, err] = [answer.flag(), answer.int()];
    if (done === "true") return [...shown, `end ${type} ${err}`].join("; ");
    const layout = PARTS[type] ?? nothing;
    shown.push(`${type} ${done} ${err} ${layout(answer)}`.trimEnd());
  }
};

export const handshakeAnswer =
  (connection: string): Layout =>
  (answer) => {
    const [version, timeoutMs, session] = [answer.int(), answer.int(), answer.longValue()];
    const password = answer.bytesValue();
    answer.names.learn(connection, session, password ?? Buffer.alloc(0));
    const shown = password === null ? "null" : answer.names.password(password);
    const readOnly = answer.isAtEnd ? "" : ` ${answer.flag()}`;
    return `${version} ${timeoutMs} ${answer.names.session(session)} ${shown}${readOnly}`;
  };

/** Type, state and path of an event. */
export const event: Layout = (answer) => `${answer.int()} ${answer.int()} ${answer.data()}`;

/** Reads an answer by its layout, then shows the remaining bytes in hexadecimal. */
export function readWhole(answer: AnswerReader, layout: Layout): string {
  try {
    const shown = layout(answer);
    return `${shown}${answer.rest()}`;
  } catch (error) {
    if (!(error instanceof ShortAnswerError)) throw error;
    return `cut short${answer.rest()}`;
  }
}
