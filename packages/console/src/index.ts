export { type ConsoleHandler, type ConsoleRequest, consoleHandler } from "./console-handler.js";
export { type ConsolePlugin, type ConsolePluginHost, consolePlugin } from "./fastify.js";
export { type ConsoleContext, consoleMiddleware } from "./koa.js";
export type { AuditEntry, ConsoleOptions } from "./options.js";
