/** Values of zoo.cfg by key. A key with `undefined` is left out. */
export type ZooCfg = Readonly<Record<string, string | number | boolean | undefined>>;

export interface ServerAddress {
  readonly id: number;
  readonly clientPort: number;
  readonly quorumPort: number;
  readonly electionPort: number;
}

/** What our tests need of every server: short sessions, every four-letter word, nothing on another address. */
export const baseCfg: ZooCfg = {
  tickTime: 500,
  minSessionTimeout: 1_000,
  maxSessionTimeout: 60_000,
  clientPortAddress: "127.0.0.1",
  maxClientCnxns: 0,
  "4lw.commands.whitelist": "*",
  extendedTypesEnabled: true,
  "admin.enableServer": false,
};

/** The lines by which the members of an ensemble know each other. Both limits are in ticks. */
export const ensembleCfg = (servers: readonly ServerAddress[]): ZooCfg => ({
  initLimit: 20,
  syncLimit: 10,
  ...Object.fromEntries(
    servers.map(({ id, quorumPort, electionPort }) => [`server.${id}`, `127.0.0.1:${quorumPort}:${electionPort}`]),
  ),
});

/** The text of a zoo.cfg; a later part wins over an earlier one. */
export const renderZooCfg = (...parts: readonly ZooCfg[]): string =>
  Object.entries(Object.assign({}, ...parts) as ZooCfg)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
