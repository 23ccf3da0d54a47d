/*
 * Valid paths by Apache ZooKeeper's common/PathUtils, in UTF-16 units: absolute, no trailing slash, no empty,
 * "." or ".." component, no control characters, no surrogates and private use (D800-F8FF), no specials (FFF0-FFFF).
 */

/** Returns the reason why a path is not a valid path of a znode, as the end of a sentence; `undefined` for a valid one. */
export function invalidPathReason(path: string): string | undefined {
  if (path.length === 0) return "it is empty";
  if (path.charCodeAt(0) !== SLASH) return 'it does not start with "/"';
  if (path.length === 1) return undefined;
  if (path.charCodeAt(path.length - 1) === SLASH) return 'it ends with "/"';
  let start = 1;
  for (let i = 1; i <= path.length; i++) {
    const unit = i === path.length ? SLASH : path.charCodeAt(i);
    if (unit === SLASH) {
      const reason = invalidComponentReason(path, start, i);
      if (reason !== undefined) return reason;
      start = i + 1;
    } else if (isForbidden(unit)) {
      return `it has the character U+${unit.toString(16).toUpperCase().padStart(4, "0")} at index ${i}`;
    }
  }
  return undefined;
}

/** Returns the path of the parent znode: "/" for "/a", "" for the root. */
export function parentPath(path: string): string {
  const slash = path.lastIndexOf("/");
  if (slash > 0) return path.slice(0, slash);
  return path.length > 1 ? "/" : "";
}

/** Returns the last component of a path. */
export function nodeName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

const SLASH = 0x2f;
const DOT = 0x2e;

function invalidComponentReason(path: string, start: number, end: number): string | undefined {
  const length = end - start;
  if (length === 0) return `it has an empty component at index ${start}`;
  if (path.charCodeAt(start) !== DOT) return undefined;
  if (length === 1) return 'it has a "." component';
  return length === 2 && path.charCodeAt(start + 1) === DOT ? 'it has a ".." component' : undefined;
}

function isForbidden(unit: number): boolean {
  return unit <= 0x1f || (unit >= 0x7f && unit <= 0x9f) || (unit >= 0xd800 && unit <= 0xf8ff) || unit >= 0xfff0;
}
