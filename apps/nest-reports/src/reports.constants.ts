/** Injects the {@link Settings} of this instance. */
export const SETTINGS = Symbol("SETTINGS");
