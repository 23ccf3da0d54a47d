import { describe, expect, it } from "vitest";
import { KINDS, type Parsed, readManifests } from "./deploy-files.ts";
import { expectLifeOfMembers } from "./life-of-members.ts";
import { LocalMembers, PORTS, type Probe } from "./local-members.ts";

const API_VERSIONS: Readonly<Record<string, string>> = {
  ConfigMap: "v1",
  Service: "v1",
  StatefulSet: "apps/v1",
  PodDisruptionBudget: "policy/v1",
  NetworkPolicy: "networking.k8s.io/v1",
};

const ofKind = (kind: string, wanted: string): readonly Parsed[] =>
  readManifests(kind).filter((each) => each.kind === wanted);
const statefulSet = (kind: string): Parsed => ofKind(kind, "StatefulSet")[0];
const container = (kind: string): Parsed => statefulSet(kind).spec.template.spec.containers[0];
const probeOf = (probe: Parsed): Probe => probe.exec?.command ?? probe.httpGet.path;

describe.each(KINDS)("deploy/%s/kubernetes.yaml", (kind) => {
  it("has known kinds with unique names, and selectors that match the pods", () => {
    const manifests = readManifests(kind);
    for (const { kind: name, apiVersion, metadata } of manifests) {
      expect(apiVersion, name).toBe(API_VERSIONS[name]);
      expect(metadata.name).toMatch(/^[a-z][a-z-]*$/);
    }
    const names = manifests.map((each) => `${each.kind} ${each.metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
    const { spec } = statefulSet(kind);
    const { labels } = spec.template.metadata;
    const selectors = [
      spec.selector.matchLabels,
      ...ofKind(kind, "Service").map((each) => each.spec.selector),
      ...ofKind(kind, "PodDisruptionBudget").map((each) => each.spec.selector.matchLabels),
      ...ofKind(kind, "NetworkPolicy").map((each) => each.spec.podSelector.matchLabels),
      ...spec.template.spec.topologySpreadConstraints.map((each: Parsed) => each.labelSelector.matchLabels),
    ];
    expect(selectors.length).toBe(7);
    for (const selector of selectors) expect(selector).toEqual(labels);
  });

  it("starts all pods at once, finds them before they are ready, and keeps their disks and a quorum", () => {
    const { spec } = statefulSet(kind);
    expect([spec.replicas, spec.podManagementPolicy]).toEqual([3, "Parallel"]);
    const headless = ofKind(kind, "Service").find((each) => each.metadata.name === spec.serviceName)!;
    expect([headless.spec.clusterIP, headless.spec.publishNotReadyAddresses]).toEqual(["None", true]);
    expect(ofKind(kind, "PodDisruptionBudget")[0].spec.maxUnavailable).toBe(1);
    expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(30);
    const [claim] = spec.volumeClaimTemplates;
    const mounts = container(kind).volumeMounts.map((each: Parsed) => each.name);
    const volumes = [claim.metadata.name, ...spec.template.spec.volumes.map((each: Parsed) => each.name)];
    expect(mounts.toSorted()).toEqual(volumes.toSorted());
  });

  it("names the ports of Conclave, and only these", () => {
    const ports = container(kind).ports as readonly {
      readonly name: keyof typeof PORTS;
      readonly containerPort: number;
    }[];
    for (const { name, containerPort } of ports) expect(containerPort).toBe(PORTS[name]);
    const named = new Set<string>(ports.map(({ name }) => name));
    const targets = ofKind(kind, "Service").flatMap((each) =>
      each.spec.ports.map(({ targetPort }: Parsed) => targetPort),
    );
    const open = ofKind(kind, "NetworkPolicy").flatMap((each) =>
      each.spec.ingress.flatMap((rule: Parsed) => rule.ports.map(({ port }: Parsed) => port)),
    );
    expect(new Set(targets)).toEqual(named);
    expect(new Set(open)).toEqual(named);
  });

  it("runs without root, privileges or a writable root file system", () => {
    const { securityContext: pod } = statefulSet(kind).spec.template.spec;
    expect([pod.runAsNonRoot, pod.runAsUser, pod.fsGroup]).toEqual([true, 1000, 1000]);
    const { securityContext, resources } = container(kind);
    expect(securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(resources).toMatchObject({ requests: { memory: expect.anything() }, limits: { memory: expect.anything() } });
  });

  it("asks for a quorum by the readiness probe alone", () => {
    const { livenessProbe, readinessProbe, startupProbe } = container(kind);
    expect(probeOf(startupProbe)).toEqual(probeOf(livenessProbe));
    expect(probeOf(readinessProbe)).not.toEqual(probeOf(livenessProbe));
  });
});

const POD: Readonly<Record<string, (index: number) => string>> = {
  "metadata.name": (index) => `conclave-app-${index}`,
  "status.podIP": () => "127.0.0.1",
};

/** Returns the environment that a kubelet gives to a pod. */
function podEnv(kind: string, id: number): Readonly<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const { name, value, valueFrom } of container(kind).env) {
    if (valueFrom?.secretKeyRef !== undefined) env[name] = "a secret of this test";
    else if (valueFrom !== undefined) env[name] = POD[valueFrom.fieldRef.fieldPath]!(id - 1);
    else env[name] = value.replace(/\$\((\w+)\)/g, (_: string, other: string) => env[other]!);
  }
  return env;
}

describe("the commands, probes and signals of kubernetes.yaml, on this machine", () => {
  it("run an ensemble in the replicas of a service", async () => {
    const env = podEnv("embedded", 2);
    expect(env).toMatchObject({
      CONCLAVE_PEERS: "dns:conclave-headless",
      CONCLAVE_HOST: "conclave-app-1.conclave-headless",
    });
    const members = await LocalMembers.prepare();
    const { command, livenessProbe, readinessProbe } = container("embedded");
    await expectLifeOfMembers(members, {
      commandOf: (id) => ({ command, env: members.embeddedEnv(id, podEnv("embedded", id)) }),
      live: probeOf(livenessProbe),
      ready: probeOf(readinessProbe),
    });
  });

  it("run three Conclave servers", async () => {
    const members = await LocalMembers.prepare();
    const { command, livenessProbe, readinessProbe } = container("conclave");
    const zooCfg = ofKind("conclave", "ConfigMap")[0].data["zoo.cfg"];
    await expectLifeOfMembers(members, {
      commandOf: (id) => ({ command, env: podEnv("conclave", id), zooCfg }),
      live: probeOf(livenessProbe),
      ready: probeOf(readinessProbe),
    });
  });
});
