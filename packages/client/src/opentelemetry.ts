/*
 * OpenTelemetry spans for the operations of every client in this process: `@conclave/client/opentelemetry`. Requires
 * `@opentelemetry/api`, and subscribes to the channels of src/observe/channels.ts.
 */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type Span, SpanKind, SpanStatusCode, type TracerProvider, trace } from "@opentelemetry/api";
import { ChannelName, type OperationMessage } from "./observe/channels.js";

/** Options of {@link traceOperations}. */
export interface TraceOptions {
  /** @default the globally registered provider */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Selects the operations that get a span. @default all */
  readonly filter?: ((operation: OperationMessage) => boolean) | undefined;
}

/**
 * Starts a span of the kind `client`, named `zookeeper <operation>`, for each operation of each client, as a child of
 * the span that is active at the call. Attributes: `db.system.name`, `db.operation.name`, `db.namespace` (the chroot),
 * `zookeeper.path`, `zookeeper.session_id`; for failures `error.type` and `zookeeper.outcome`. Returns a function that
 * stops it.
 */
export function traceOperations({ tracerProvider, filter = () => true }: TraceOptions = {}): () => void {
  const tracer = (tracerProvider ?? trace).getTracer("@conclave/client");
  const spans = new WeakMap<object, Span>();
  const onStart = (data: unknown): void => {
    const message = data as OperationMessage;
    if (!filter(message)) return;
    const { operation, path, chroot, sessionId } = message;
    const attributes = {
      "db.system.name": "zookeeper",
      "db.operation.name": operation,
      "zookeeper.session_id": `0x${BigInt.asUintN(64, sessionId).toString(16)}`,
      ...(chroot !== "" && { "db.namespace": chroot }),
      ...(path !== undefined && { "zookeeper.path": path }),
    };
    spans.set(message, tracer.startSpan(`zookeeper ${operation}`, { kind: SpanKind.CLIENT, attributes }));
  };
  const onEnd = (message: unknown): void => {
    const { error } = message as OperationMessage;
    const span = spans.get(message as OperationMessage);
    if (span === undefined) return;
    if (error !== undefined) {
      span.setAttributes({ "error.type": error.code, "zookeeper.outcome": error.outcome });
      span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
    }
    span.end();
  };
  subscribe(ChannelName.OPERATION_START, onStart);
  subscribe(ChannelName.OPERATION_END, onEnd);
  return () => {
    unsubscribe(ChannelName.OPERATION_START, onStart);
    unsubscribe(ChannelName.OPERATION_END, onEnd);
  };
}
