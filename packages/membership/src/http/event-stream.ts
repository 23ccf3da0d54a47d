import type { Clock, Timer } from "@conclave/runtime";

/** A server-sent event: `data` is one line. */
export interface StreamEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** What an {@link eventStream} tells. */
export interface EventStreamOptions {
  /** What holds at this moment. */
  readonly current: () => StreamEvent;
  /** Adds a listener for each change; returns what takes it out again. */
  readonly onChange: (listener: () => void) => () => void;
  /** How often a stream without changes says that it lives. */
  readonly heartbeatMs: number;
  readonly clock: Clock;
  /** Ends the stream, behind what holds then. */
  readonly signal: AbortSignal;
}

/** How long a reader waits before it comes back. */
const RETRY_MS = 1_000;

/**
 * Server-sent events: what holds, at once, and again whenever it has changed. A reader who is slow misses what was in between
 * and gets what holds; nothing is kept for it.
 */
export function eventStream(options: EventStreamOptions): ReadableStream<Uint8Array> {
  const { clock, heartbeatMs, signal } = options;
  const utf8 = new TextEncoder();
  let told = "";
  let stop = (): void => {};

  const tell = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    const { id, event, data } = options.current();
    const text = `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`;
    if (text === told) return;
    controller.enqueue(utf8.encode(told === "" ? `retry: ${RETRY_MS}\n${text}` : text));
    told = text;
  };

  return new ReadableStream<Uint8Array>({
    start(controller) {
      const isWaitedFor = (): boolean => (controller.desiredSize ?? 0) > 0;
      let timer: Timer;
      const beat = (): void => {
        timer = clock.setTimer(heartbeatMs, beat);
        if (isWaitedFor()) controller.enqueue(utf8.encode(": still here\n\n"));
      };
      const end = (): void => {
        stop();
        tell(controller);
        controller.close();
      };
      timer = clock.setTimer(heartbeatMs, beat);
      const off = options.onChange(() => {
        if (isWaitedFor()) tell(controller);
      });
      signal.addEventListener("abort", end);
      stop = () => {
        timer.cancel();
        off();
        signal.removeEventListener("abort", end);
      };
      if (signal.aborted) end();
    },
    // What was not waited for when it changed is told when it is.
    pull: tell,
    cancel: () => stop(),
  });
}
