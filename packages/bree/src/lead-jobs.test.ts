import { fileURLToPath } from "node:url";
import { LeaderElection } from "@conclave/recipes";
import { eventually } from "@conclave/testing";
import { describeReplicas } from "@conclave/verification/replicas";
import Bree from "bree";
import { expect, it } from "vitest";
import { type LeadJobsOptions, leadJobs } from "./index.js";

type Job = "polite-job" | "stubborn-job";

const pathOf = (job: Job): string => fileURLToPath(new URL(`../test-support/${job}.mjs`, import.meta.url));

/** A Bree with one job that runs until it is cancelled, and the messages of its workers. */
const breeWith = (job: Job, path = pathOf(job)) => {
  const messages: unknown[] = [];
  const bree = new Bree({
    root: false,
    logger: false,
    worker: { workerData: { color: "green" } },
    jobs: [{ name: job, path, interval: 10 }],
    workerMessageHandler: ({ message }) => void messages.push(message),
    errorHandler: () => {},
  });
  const tokens = (): bigint[] =>
    messages.flatMap((message) =>
      typeof message === "object" && message !== null && "fencingToken" in message
        ? [message.fencingToken as bigint]
        : [],
    );
  return { bree, messages, tokens };
};

describeReplicas("leadJobs", (replicas) => {
  /** Starts to lead the jobs; the function returned ends it. */
  const lead = (bree: Bree, options: Omit<LeadJobsOptions, "signal">): (() => Promise<void>) => {
    const controller = new AbortController();
    const leading = leadJobs(bree, { ...options, signal: controller.signal });
    leading.catch(() => {});
    const end = (): Promise<void> => {
      controller.abort();
      return leading;
    };
    return replicas.closeAfter(end, () => end());
  };

  it("runs jobs in one of two replicas, and in the other one as soon as the first has stopped", async () => {
    const election = replicas.newName();
    const [first, second] = [breeWith("polite-job"), breeWith("polite-job")];
    const client = await replicas.client();
    const end = lead(first.bree, { client, election });
    await eventually(() => first.tokens().length === 1);
    expect(first.messages).toContainEqual({ fencingToken: first.tokens()[0], color: "green" });
    lead(second.bree, { client: await replicas.client(), election });
    await eventually(async () => (await new LeaderElection(client, { name: election }).participants()).length === 2);
    expect(second.messages).toEqual([]);
    await end();
    expect(first.messages).toContain("cancelled");
    expect([first.bree.workers.size, first.bree.intervals.size]).toEqual([0, 0]);
    await eventually(() => second.tokens().length === 1);
    expect(second.tokens()[0]).toBeGreaterThan(first.tokens()[0] ?? 0n);
    expect(first.tokens()).toHaveLength(1);
  });

  it("cancels jobs when the session has expired, and leads again under a larger token", async () => {
    const election = replicas.newName();
    const replica = await replicas.unstable();
    const [first, second] = [breeWith("polite-job"), breeWith("polite-job")];
    lead(first.bree, { client: replica.client, election });
    await eventually(() => first.tokens().length === 1);
    const end = lead(second.bree, { client: await replicas.client(), election });
    await replica.expire();
    await eventually(() => second.tokens().length === 1);
    await eventually(() => first.messages.includes("cancelled") && first.bree.workers.size === 0);
    await end();
    await eventually(() => first.tokens().length === 2);
    const [token = 0n, next] = first.tokens();
    expect(second.tokens()[0]).toBeGreaterThan(token);
    expect(next).toBeGreaterThan(second.tokens()[0] ?? 0n);
  });

  it("terminates a job that does not end when it is cancelled", async () => {
    const { bree, tokens } = breeWith("stubborn-job");
    const end = lead(bree, { client: await replicas.client(), election: replicas.newName(), cancelTimeoutMs: 10 });
    await eventually(() => tokens().length === 1);
    await end();
    expect(bree.workers.size).toBe(0);
  });

  it("rejects with Bree's error if the jobs cannot be started, and leaves the election", async () => {
    const election = replicas.newName();
    const client = await replicas.client();
    const { bree } = breeWith("polite-job", "/missing/job.mjs");
    const { signal } = new AbortController();
    await expect(leadJobs(bree, { client, election, signal })).rejects.toThrow("/missing/job.mjs");
    expect(await new LeaderElection(client, { name: election }).participants()).toEqual([]);
  });

  it("explains what is wrong with its options", async () => {
    const { bree } = breeWith("polite-job");
    const client = await replicas.client();
    const { signal } = new AbortController();
    const options = (wrong: object): Promise<void> =>
      leadJobs(bree, { client, signal, ...wrong } as unknown as LeadJobsOptions);
    await expect(options({ client: undefined })).rejects.toThrow("leadJobs needs the option client");
    await expect(options({ signal: undefined })).rejects.toThrow("leadJobs needs the option signal");
    await expect(options({ cancelTimeoutMs: -1 })).rejects.toThrow("cancelTimeoutMs must be 0 or more milliseconds");
    await expect(options({ election: "" })).rejects.toThrow('"" cannot be the name of an election');
  });
});
