import {
  aclsAndStat,
  children,
  childrenAndStat,
  dataAndStat,
  digestToken,
  identities,
  type Layout,
  nothing,
  number,
  oneBuffer,
  parts,
  stat,
} from "./answer-layout.ts";
import { data, type Field, flag, int, long, row, vector } from "./wire-field.ts";

/** A request in wire format, and the layout of its answer. */
export interface WireRequest {
  readonly name: string;
  readonly type: number;
  readonly body: Field;
  readonly answer: Layout;
  /** @default the next xid of the connection */
  readonly xid?: number | undefined;
}

type Text = string | null | Field;
/** A string or a buffer; a field is used as it is. */
const text = (value: Text): Field => (value === null || typeof value === "string" ? data(value) : value);

export const acl = (permissions: number, scheme: Text, id: Text): Field =>
  row(int(permissions), text(scheme), text(id));
export const OPEN: readonly Field[] = [acl(31, "world", "anyone")];

/** Fields of a create besides the path. */
export interface CreateFields {
  readonly data?: Text;
  readonly acl?: readonly Field[] | null;
  readonly flags?: number;
}

const creation = (path: Text, fields: CreateFields): Field =>
  row(
    text(path),
    text(fields.data === undefined ? "data" : fields.data),
    vector(fields.acl === undefined ? OPEN : fields.acl),
    int(fields.flags ?? 0),
  );

const request =
  <A extends readonly unknown[]>(name: string, type: number, body: (...args: A) => Field, answer: Layout) =>
  (...args: A): WireRequest => ({ name, type, body: body(...args), answer });

export const create = request(
  "create",
  1,
  (path: Text, fields: CreateFields = {}) => creation(path, fields),
  oneBuffer,
);
export const create2 = request(
  "create2",
  15,
  (path: Text, fields: CreateFields = {}) => creation(path, fields),
  dataAndStat,
);
export const createContainer = request(
  "createContainer",
  19,
  (path: Text, fields: CreateFields = {}) => creation(path, { flags: 4, ...fields }),
  dataAndStat,
);
export const createTtl = request(
  "createTTL",
  21,
  (path: Text, ttlMs: bigint, fields: CreateFields = {}) => row(creation(path, { flags: 5, ...fields }), long(ttlMs)),
  dataAndStat,
);
const atVersion = (path: Text, version: number): Field => row(text(path), int(version));
export const remove = request("delete", 2, (path: Text, version: number = -1) => atVersion(path, version), nothing);
/** Allowed within a multi only. */
export const check = request("check", 13, (path: Text, version: number = -1) => atVersion(path, version), nothing);
export const setData = request(
  "setData",
  5,
  (path: Text, value: Text, version: number = -1) => row(text(path), text(value), int(version)),
  stat,
);
export const setAcl = request(
  "setACL",
  7,
  (path: Text, acls: readonly Field[] | null, version: number = -1) => row(text(path), vector(acls), int(version)),
  stat,
);

const watched = (path: Text, watch: boolean): Field => row(text(path), flag(watch));
export const exists = request("exists", 3, (path: Text, watch: boolean = false) => watched(path, watch), stat);
export const getData = request("getData", 4, (path: Text, watch: boolean = false) => watched(path, watch), dataAndStat);
export const getChildren = request(
  "getChildren",
  8,
  (path: Text, watch: boolean = false) => watched(path, watch),
  children,
);
export const getChildren2 = request(
  "getChildren2",
  12,
  (path: Text, watch: boolean = false) => watched(path, watch),
  childrenAndStat,
);
export const getAcl = request("getACL", 6, text, aclsAndStat);
export const getAllChildrenNumber = request("getAllChildrenNumber", 104, text, number);
export const getEphemerals = request("getEphemerals", 103, text, children);
export const sync = request("sync", 9, text, oneBuffer);
export const whoAmI: WireRequest = { name: "whoAmI", type: 107, body: row(), answer: identities };

export const addWatch = request("addWatch", 106, (path: Text, mode: number) => row(text(path), int(mode)), number);
const ofType = (path: Text, type: number): Field => row(text(path), int(type));
export const checkWatches = request("checkWatches", 17, ofType, nothing);
export const removeWatches = request("removeWatches", 18, ofType, nothing);

/** Paths by the kind of their watch: data, exists, children, and for setWatches2 persistent and recursive. */
export type WatchedPaths = readonly (readonly (string | null)[] | null)[];
const special = (xid: number, made: WireRequest): WireRequest => ({ ...made, xid });
const watchesSince = (since: Field, kinds: WatchedPaths): Field =>
  row(since, ...kinds.map((paths) => vector(paths === null ? null : paths.map((path) => data(path)))));
const since = (name: string, type: number) => request(name, type, watchesSince, nothing);
export const setWatches = (zxid: Field, kinds: WatchedPaths) => special(-8, since("setWatches", 101)(zxid, kinds));
export const setWatches2 = (zxid: Field, kinds: WatchedPaths) => special(-8, since("setWatches2", 105)(zxid, kinds));

export const ping: WireRequest = { name: "ping", type: 11, body: row(), answer: nothing, xid: -2 };
export const closeSession: WireRequest = { name: "closeSession", type: -11, body: row(), answer: nothing };
export const addAuth = (scheme: Text, credentials: Text): WireRequest => ({
  ...{ name: "auth", type: 100, body: row(int(0), text(scheme), text(credentials)), answer: nothing },
  xid: -4,
});
export const sasl = request("sasl", 102, text, digestToken);
export const reconfig = request(
  "reconfig",
  16,
  (joining: Text, leaving: Text, members: Text, config: bigint) =>
    row(text(joining), text(leaving), text(members), long(config)),
  dataAndStat,
);
/** Any type with any body. */
export const anyRequest = request("request", 0, (body: Field) => body, nothing);
export const ofUnknownType = (type: number, body: Field = row()): WireRequest => ({
  ...{ name: `type ${type}`, type, body, answer: nothing },
});

const part = (type: number, done: boolean, err: number): Field => row(int(type), flag(done), int(err));
const partsOf = (requests: readonly WireRequest[]): Field => {
  const body = row(...requests.map(({ type, body }) => row(part(type, false, -1), body)), part(-1, true, -1));
  const shown = requests.map(({ name, body: { shown } }) => `${name} ${shown}`.trimEnd());
  return { bytes: body.bytes, shown: `{${shown.join("; ")}}` };
};
export const multi = request("multi", 14, (...requests: readonly WireRequest[]) => partsOf(requests), parts);
export const multiRead = request("multiRead", 22, (...requests: readonly WireRequest[]) => partsOf(requests), parts);
