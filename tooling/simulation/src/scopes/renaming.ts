/** Another name for each of three servers. */
export interface Renaming {
  /** Place in {@link RENAMINGS}. */
  readonly number: number;
  /** New name of server n at n - 1. */
  readonly names: readonly number[];
}

/** All renamings of three servers. The first one changes nothing. */
export const RENAMINGS: readonly Renaming[] = [
  [1, 2, 3],
  [1, 3, 2],
  [2, 1, 3],
  [2, 3, 1],
  [3, 1, 2],
  [3, 2, 1],
].map((names, number) => ({ number, names }));

/** Returns the new name of a server; 0 for 0. */
export function renamedServer(id: number, { names }: Renaming): number {
  return id === 0 ? 0 : names[id - 1]!;
}

/** Returns the server that has opened a connection: its number is that of the server, plus a multiple of 3. */
export function openerOf(connection: number): number {
  return ((connection - 1) % 3) + 1;
}

/** Returns the new number of a connection; 0 for 0. */
export function renamedConnection(connection: number, { names }: Renaming): number {
  if (connection === 0) return 0;
  const opener = openerOf(connection);
  return connection - opener + names[opener - 1]!;
}
