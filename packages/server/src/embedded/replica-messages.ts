import type { LogFields, Logger } from "@conclave/runtime";
import type { PeerAddress } from "./peers.js";
import type { ReplicaOptions } from "./replica.js";
import type { ReplicaState } from "./replica-state.js";

/** Options of a replica without what cannot be sent to a thread. */
export type SentOptions = Omit<ReplicaOptions, "peers" | "clock" | "logger" | "onFailure">;

/** Calls of the application, with their arguments and results. */
export interface ReplicaCalls {
  start(options: SentOptions): void;
  whenServing(): void;
  reconfigure(change: { readonly joining: readonly number[]; readonly leaving: readonly number[] }): void;
  close(): void;
}

/** An error as it is sent to another thread: its class is lost, its name and code are not. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly code?: string | number | undefined;
}

export type ToWorker =
  | { readonly type: "call"; readonly call: number; readonly name: keyof ReplicaCalls; readonly argument: unknown }
  | {
      readonly type: "peers";
      readonly call: number;
      readonly peers?: readonly PeerAddress[];
      readonly error?: SentError;
    };

export type FromWorker =
  | { readonly type: "answer"; readonly call: number; readonly error?: SentError | undefined }
  | { readonly type: "state"; readonly state: ReplicaState }
  | {
      readonly type: "log";
      readonly level: keyof Logger;
      readonly message: string;
      readonly fields: LogFields | undefined;
    }
  | { readonly type: "askPeers"; readonly call: number }
  | { readonly type: "failed"; readonly cause: SentError };

/** Returns an error in a form that can be sent. */
export function sentError(error: unknown): SentError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { code } = error as { readonly code?: string | number };
  return { name: error.name, message: error.message, code };
}

/** Returns an error that was sent, with its name and code. */
export function receivedError({ name, message, code }: SentError): Error {
  const error = new Error(message);
  error.name = name;
  return code === undefined ? error : Object.assign(error, { code });
}
