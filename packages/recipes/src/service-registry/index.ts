export type { HealthCheck } from "../health/health-check.js";
export type { FailurePolicy } from "./failure-book.js";
export type { RegisterOptions, Registration } from "./registration.js";
export { randomSelection, roundRobin, type SelectionStrategy, stickySelection } from "./selection.js";
export type { ServiceInstance, ServiceType } from "./service-instance.js";
export type { ProviderOptions, ServiceProvider } from "./service-provider.js";
export { ServiceRegistry, type ServiceRegistryOptions } from "./service-registry.js";
export { uriOf } from "./uri-of.js";
export type { UriPart, UriSpec } from "./uri-spec.js";
