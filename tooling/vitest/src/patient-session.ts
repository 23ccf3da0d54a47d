/**
 * Options of a client in a test that is not about the loss of its session: a busy machine can keep a process from running for
 * longer than the default timeout of 10 seconds. Every ensemble of the tests grants it.
 */
export const PATIENT_SESSION: { readonly sessionTimeoutMs: number } = Object.freeze({ sessionTimeoutMs: 40_000 });
