/** A client under measurement, called the way its own documentation calls it. `settle` is called once. */
export interface ClientUnderTest {
  get(path: string, settle: Settle): void;
  set(path: string, data: Buffer, settle: Settle): void;
  create(path: string, data: Buffer, settle: Settle): void;
  close(): Promise<void>;
}

/** Without an error on success, and then for a get with the data. */
export type Settle = (error?: unknown, data?: Uint8Array | null) => void;

/** Connects to `connectString`. `peersFolder` is where the peers are installed. */
export type ConnectUnderTest = (connectString: string, peersFolder: string | undefined) => Promise<ClientUnderTest>;

/** A session long enough that none expires on a busy machine. */
export const SESSION_TIMEOUT_MS = 30_000;
