/**
 * Settings of zoo.cfg for both servers. All others have their defaults: writes are synced to disk, and a snapshot is taken
 * every 100,000 transactions. Sessions last long enough not to need pings, one address may open any number of connections,
 * and no HTTP port is open.
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
