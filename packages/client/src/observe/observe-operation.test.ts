import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { MetricLabels } from "@conclave/runtime";
import { describeOnEachEnsemble } from "@conclave/vitest";
import {
  type Context,
  context,
  createContextKey,
  type Span,
  SpanStatusCode,
  type TracerProvider,
} from "@opentelemetry/api";
import { expect, it } from "vitest";
import { connectForLong } from "../../test-support/long-session.js";
import { ChannelName, type OperationMessage, type StateMessage } from "../index.js";
import { traceOperations } from "../opentelemetry.js";

/** Collects the messages of a channel during `body`. */
const listening = async <T>(name: string, body: () => Promise<unknown>): Promise<T[]> => {
  const heard: T[] = [];
  const listener = (message: unknown) => void heard.push(message as T);
  subscribe(name, listener);
  await body();
  unsubscribe(name, listener);
  return heard;
};

describeOnEachEnsemble("the activity of a client", ({ connectString, root }) => {
  it("is published on diagnostics channels: operations and states", async () => {
    const chroot = root;
    await using bare = await connectForLong(connectString());
    await bare.create(root);
    const states = await listening<StateMessage>(ChannelName.STATE, async () => {
      const zk = await connectForLong(connectString() + chroot);
      const started = await listening<OperationMessage>(ChannelName.OPERATION_START, () => zk.create("/a"));
      const ended = await listening<OperationMessage>(ChannelName.OPERATION_END, () =>
        zk.getData("/none").catch(() => {}),
      );
      const { sessionId } = zk;
      expect(started).toMatchObject([{ operation: "create", path: "/a", chroot, sessionId }]);
      expect(ended).toMatchObject([
        { operation: "getData", path: "/none", error: { code: "NO_NODE" }, durationMs: expect.any(Number) },
      ]);
      await zk.close();
    });
    const ours = states.filter((each) => each.chroot === chroot);
    expect(ours.map(({ previous, state }) => `${previous} ${state}`)).toEqual([
      "connecting connected",
      "connected closed",
    ]);
  });

  it("is measured, with durations by operation and outcome", async () => {
    const seen: [string, MetricLabels | undefined][] = [];
    const meter = {
      count: () => {},
      gauge: () => {},
      observe: (name: string, value: number, labels?: MetricLabels) => {
        expect(value).toBeGreaterThanOrEqual(0);
        seen.push([name, labels]);
      },
    };
    await using zk = await connectForLong(connectString(), { meter });
    await zk.exists("/");
    await zk.getData(`${root}/none`).catch(() => {});
    expect(seen).toEqual([
      ["client_operation_duration_ms", { operation: "exists", code: "OK" }],
      ["client_operation_duration_ms", { operation: "getData", code: "NO_NODE" }],
    ]);
  });

  it("is traced by OpenTelemetry, as a child of the active span", async () => {
    const spans: {
      name: string;
      parent: unknown;
      attributes: Record<string, unknown>;
      status?: number;
      ended: boolean;
    }[] = [];
    const key = createContextKey("parent");
    const tracerProvider: TracerProvider = {
      getTracer: () =>
        ({
          startSpan: (
            name: string,
            options: { attributes: Record<string, unknown> },
            active: Context = context.active(),
          ) => {
            const span = { name, parent: active.getValue(key), attributes: { ...options.attributes }, ended: false };
            spans.push(span);
            const api = {
              setAttributes: (more: object) => Object.assign(span.attributes, more),
              setStatus: ({ code }: { code: number }) => Object.assign(span, { status: code }),
              end: () => Object.assign(span, { ended: true }),
            };
            return api as unknown as Span;
          },
        }) as never,
    };
    const stop = traceOperations({ tracerProvider, filter: ({ path }) => path?.startsWith(root) === true });
    await using zk = await connectForLong(connectString());
    await zk.exists(root);
    await zk.delete(`${root}/none`).catch(() => {});
    await zk.exists("/");
    stop();
    await zk.exists(root);
    expect(spans).toMatchObject([
      { name: "zookeeper exists", ended: true, attributes: { "db.system.name": "zookeeper", "zookeeper.path": root } },
      {
        name: "zookeeper delete",
        ended: true,
        status: SpanStatusCode.ERROR,
        attributes: { "error.type": "NO_NODE", "zookeeper.outcome": "rejected" },
      },
    ]);
  });
});
