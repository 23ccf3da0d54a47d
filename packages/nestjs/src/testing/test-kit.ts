/** What an app is tested with: `@conclave/testing` as a whole, or what does the same. */
export interface TestKit {
  /** Starts a server of its own, in this process. */
  readonly startFaultTarget: () => Promise<TestServer>;
  /** Puts a proxy in front of a server. */
  readonly startFaultProxy: (options: { readonly target: string }) => Promise<TestLink>;
}

/** A server that a test has for itself. */
export interface TestServer {
  readonly connectString: string;
  close(): Promise<void>;
}

/** The way from an app to a server, on which things go wrong on command. */
export interface TestLink {
  readonly connectString: string;
  /** Ends the connections. */
  cut(): void;
  /** Refuses new ones. */
  refuse(): void;
  /** Passes nothing on, without a word. */
  freeze(): void;
  /** Takes everything back. */
  heal(): void;
  close(): Promise<void>;
}
