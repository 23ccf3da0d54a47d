/** Returns a different path each time. */
export type NewPath = () => string;

export function newPaths(): NewPath {
  let count = 0;
  return () => `/bench-recipes/${++count}`;
}
