import { type Clock, onAbort, type Timer } from "@conclave/runtime";

/** A server-sent event: `data` is one line. */
export interface StreamEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** Options of an {@link eventStream}. */
export interface EventStreamOptions {
  /** Returns the current state. */
  readonly current: () => StreamEvent;
  /** Adds a listener for changes. Returns a function that removes it. */
  readonly onChange: (listener: () => void) => () => void;
  /** Interval of heartbeats while nothing changes, in milliseconds. */
  readonly heartbeatMs: number;
  readonly clock: Clock;
  /** Ends the stream, after the state that is current then. */
  readonly signal: AbortSignal;
}

/** Time after which a client connects again. */
const RETRY_MS = 1_000;

/**
 * Returns a stream of server-sent events: the current state, and again after each change. For a slow reader one event is kept;
 * it skips from that to the state that is current when it reads.
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
      let removeCallback = (): void => {};
      stop = () => {
        timer.cancel();
        off();
        removeCallback();
      };
      removeCallback = onAbort(signal, end);
    },
    // A state that changed while the reader was behind is sent when it reads.
    pull: tell,
    cancel: () => stop(),
  });
}
