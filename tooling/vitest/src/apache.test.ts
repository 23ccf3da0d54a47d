import { fourLetterWord } from "@conclave/services";
import { expect, it } from "vitest";
import { describeOnApache, itOnApache, sharedApache } from "./apache.ts";
import { runFixture } from "./run-fixture.ts";

itOnApache("hands a test the installation to start servers of its own with", async ({ java, zookeeper }) => {
  expect(java.version).toMatch(/^\d/);
  expect(zookeeper.classpath.length).toBeGreaterThan(0);
});

describeOnApache("the shared ensemble", () => {
  it("is one for every test that asks", async () => {
    const connectString = await sharedApache();
    expect(connectString.split(",")).toHaveLength(3);
    expect(await sharedApache()).toBe(connectString);
  });

  it("is started by a separate run, which ends all its processes", async () => {
    const { code, lines } = await runFixture(["services.fixture.ts"], { CONCLAVE_REQUIRE_SERVICES: "1" });
    expect(lines.at(-1), lines.join("\n")).toBe("4 passed, 0 failed");
    expect(code).toBe(0);
    const ports = lines
      .find((line) => line.startsWith("shared: "))!
      .match(/(?<=:)\d+/g)!
      .map(Number);
    expect(ports).toHaveLength(3);
    for (const port of ports) {
      await expect(fourLetterWord({ port, word: "ruok" })).rejects.toThrow("ECONNREFUSED");
    }
  });
});
