/**
 * The lines of zoo.cfg that both servers get; all else is as they have it by themselves: written to disk and synced,
 * a snapshot every 100,000 transactions. Sessions last long enough not to need pings, one address may have all
 * connections, and no HTTP port is open.
 */
export const ZOO_CFG = {
  tickTime: 2_000,
  minSessionTimeout: 4_000,
  maxSessionTimeout: 60_000,
  maxClientCnxns: 0,
  extendedTypesEnabled: true,
  "4lw.commands.whitelist": "*",
  "admin.enableServer": false,
} as const;
