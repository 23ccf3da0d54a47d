/** A client under measurement, called as its documentation recommends. `settle` is called once. */
export interface ClientUnderTest {
  get(path: string, settle: Settle): void;
  set(path: string, data: Buffer, settle: Settle): void;
  create(path: string, data: Buffer, settle: Settle): void;
  close(): Promise<void>;
}

/** Ends an operation: with an error, or with the data of a get. */
export type Settle = (error?: unknown, data?: Uint8Array | null) => void;

/** Connects to `connectString`. `folder` contains the peers, or is the other checkout. */
export type ConnectUnderTest = (connectString: string, folder: string | undefined) => Promise<ClientUnderTest>;

/** Long enough that no session expires on a busy machine. */
export const SESSION_TIMEOUT_MS = 30_000;
