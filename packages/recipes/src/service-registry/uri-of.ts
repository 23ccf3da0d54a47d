import type { ServiceInstance } from "./service-instance.js";

/**
 * Returns the URI of an instance by its `uriSpec`; `undefined` if it has none. Variables are those of Curator: `scheme`
 * (`https` if `sslPort` is set, otherwise `http`), `name`, `id`, `address`, `port`, `ssl-port`, `registration-time-utc` and
 * `service-type`. A variable that the instance does not set is replaced by nothing.
 */
export function uriOf(instance: ServiceInstance): string | undefined {
  const variables: Readonly<Record<string, unknown>> = {
    scheme: instance.sslPort === null ? "http" : "https",
    name: instance.name,
    id: instance.id,
    address: instance.address,
    port: instance.port,
    "ssl-port": instance.sslPort,
    "registration-time-utc": instance.registrationTimeUTC,
    "service-type": instance.serviceType.toLowerCase(),
  };
  return instance.uriSpec?.parts.map(({ value, variable }) => (variable ? (variables[value] ?? "") : value)).join("");
}
