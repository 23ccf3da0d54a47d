/** Values of zoo.cfg by key. A key with the value undefined is omitted. */
export type ZooCfg = Readonly<Record<string, string | number | boolean | undefined>>;

export interface ServerAddress {
  readonly id: number;
  readonly clientPort: number;
  readonly quorumPort: number;
  readonly electionPort: number;
  /** `observer` for a server without a vote. @default "participant" */
  readonly role?: "participant" | "observer" | undefined;
  /** The line of the server also has its port for clients, which a reconfiguration needs. @default false */
  readonly showsClientPort?: boolean | undefined;
}

/** Settings of every server in tests: short sessions allowed, all four-letter words, loopback only. */
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

/** Returns the settings that list the members of an ensemble. Both limits are in ticks. */
export const ensembleCfg = (servers: readonly ServerAddress[]): ZooCfg => ({
  initLimit: 20,
  syncLimit: 10,
  ...Object.fromEntries(
    servers.map(({ id, clientPort, quorumPort, electionPort, role, showsClientPort }) => {
      const suffix = role === undefined ? "" : `:${role}`;
      const client = showsClientPort === true ? `;127.0.0.1:${clientPort}` : "";
      return [`server.${id}`, `127.0.0.1:${quorumPort}:${electionPort}${suffix}${client}`];
    }),
  ),
});

/** Returns the text of a zoo.cfg; a later part overrides an earlier one. */
export const renderZooCfg = (...parts: readonly ZooCfg[]): string =>
  Object.entries(Object.assign({}, ...parts) as ZooCfg)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
