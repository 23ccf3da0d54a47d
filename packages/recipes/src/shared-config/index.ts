export { SharedConfig, type SharedConfigEvent, type SharedConfigOptions } from "./shared-config.js";
