/** Tools of a test: the module `@conclave/testing`, or a replacement. */
export interface TestKit {
  /** Starts a server in this process. */
  readonly startTestServer: () => Promise<TestServer>;
  /** Starts a fault proxy for a server. */
  readonly startFaultProxy: (options: { readonly target: string }) => Promise<TestLink>;
}

/** Server of one test. */
export interface TestServer {
  readonly connectString: string;
  close(): Promise<void>;
}

/** Fault proxy between an app and a server. */
export interface TestLink {
  readonly connectString: string;
  /** Cuts the open connections. */
  cut(): void;
  /** Refuses new connections. */
  refuse(): void;
  /** Passes no byte on, and keeps the connections open. */
  freeze(): void;
  /** Ends all faults. */
  heal(): void;
  close(): Promise<void>;
}
