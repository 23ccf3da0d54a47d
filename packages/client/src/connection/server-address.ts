/** Server of a connect string. */
export interface ServerAddress {
  /** Name, or IP address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Formats an address as `host:port`, with brackets around an IPv6 address. */
export function formatServer({ host, port }: ServerAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
