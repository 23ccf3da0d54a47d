/*
 * How an election lies on znodes, as Curator's LeaderLatch lays it out, so that both can stand in one election:
 *
 *     <path>/_c_<uuid>-latch-<sequence number>     ephemeral; its data is the participant's id, in UTF-8
 *
 * `_c_<uuid>-` is the marker of Curator's protected creation. The server appends the number.
 */
const ELECTIONS = "/conclave/elections";
/** Java's `%010d`: ten characters at least, the sign among them. */
const NODE_NAME = /latch-(\d{10}|-\d{9,10})$/;

/** The path of the election that is called `name`. Throws a `TypeError` for a name that cannot be a znode's. */
export function electionPath(name: string): string {
  if (name === "" || !isWellFormed(name)) throw new TypeError(`"${name}" cannot be the name of an election`);
  const component = encodeURIComponent(name);
  return `${ELECTIONS}/${/^\.\.?$/.test(component) ? component.replaceAll(".", "%2E") : component}`;
}

/** `path` itself. Throws a `TypeError` unless it is absolute and below the root. */
export function checkedElectionPath(path: string): string {
  const isPath = /^(?:\/[^/]+)+$/.test(path) && !/\/\.\.?(?:\/|$)/.test(path) && !path.includes("\0");
  if (!isPath) throw new TypeError(`"${path}" cannot be the path of an election`);
  return path;
}

/** The path to create a candidate's znode with; the server appends the number. */
export function candidatePath(path: string, marker: string): string {
  return `${path}/${marker}latch-`;
}

/** The marker of a protected creation. `uuid` as 16 bytes of chance. */
export function newMarker(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte, index) => {
    // Version 4, variant 1 (RFC 9562, section 5.4).
    const fixed = index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte;
    return fixed.toString(16).padStart(2, "0");
  }).join("");
  const uuid = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
  return `_c_${uuid}-`;
}

/** Whether the child was created under `marker`. */
export function hasMarker(child: string, marker: string): boolean {
  return child.startsWith(marker) && NODE_NAME.test(child);
}

/** The candidates among the children, first in line first. */
export function inLine(children: readonly string[]): string[] {
  return children
    .flatMap((name) => {
      const number = sequenceNumber(name);
      return number === undefined ? [] : [{ name, number }];
    })
    .sort((a, b) => compareSequence(a.number, b.number) || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);
}

/** The candidates that stand before `name`, first in line first. */
export function earlierThan(children: readonly string[], name: string): string[] {
  const line = inLine(children);
  return line.slice(0, Math.max(0, line.indexOf(name)));
}

/**
 * The order of two sequence numbers. The server's counter is a signed int that wraps from 2147483647 to -2147483648
 * (`PrepRequestProcessor`), so this is serial number arithmetic (RFC 1982): right as long as the candidates of one
 * moment lie less than 2^31 numbers apart.
 */
export function compareSequence(a: number, b: number): number {
  return (a - b) | 0;
}

function sequenceNumber(name: string): number | undefined {
  const digits = NODE_NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 10);
}

function isWellFormed(name: string): boolean {
  return !/[\ud800-\udfff]/u.test(name);
}
