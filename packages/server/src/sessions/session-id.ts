import { PASSWORD_BYTES } from "@conclave/protocol";

/*
 * Ids and passwords exactly as Java's servers make them (SessionTrackerImpl.initializeNextSessionId,
 * ZooKeeperServer.generatePasswd), so that any server can verify the password of a session that another created.
 */

/** The first session id of a server that starts now: its id in the upper byte, then the time. Later ids add 1. */
export function initialSessionId(serverId: number, nowMs: number): bigint {
  const time = (BigInt.asIntN(64, BigInt(Math.floor(nowMs)) << 24n) & 0xffff_ffff_ffff_ffffn) >> 8n;
  return BigInt.asIntN(64, time | (BigInt(serverId) << 56n));
}

const SUPER_SECRET = 0xb3415c00n;
const MULTIPLIER = 0x5deece66dn;
const INCREMENT = 11n;
const MASK = (1n << 48n) - 1n;

/** The password of a session: bytes of `java.util.Random` seeded with the id. Gives no protection against a client that can guess ids. */
export function sessionPassword(sessionId: bigint): Uint8Array {
  let seed = (sessionId ^ SUPER_SECRET ^ MULTIPLIER) & MASK;
  const password = new Uint8Array(PASSWORD_BYTES);
  for (let i = 0; i < PASSWORD_BYTES; i += 4) {
    seed = (seed * MULTIPLIER + INCREMENT) & MASK;
    const word = Number(seed >> 16n);
    password[i] = word & 0xff;
    password[i + 1] = (word >>> 8) & 0xff;
    password[i + 2] = (word >>> 16) & 0xff;
    password[i + 3] = (word >>> 24) & 0xff;
  }
  return password;
}

/** Compares two passwords; takes the same time wherever they differ. */
export function samePassword(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}
