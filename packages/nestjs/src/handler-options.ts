/** How a method is bound that Conclave calls. */
export interface HandlerOptions {
  /**
   * The name of the connection, where the app has several.
   * @default undefined: the default connection
   */
  readonly connection?: string | undefined;
}
