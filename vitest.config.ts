import { LongestFirst, PlainLine, projects } from "@conclave/vitest/config";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: projects(import.meta.dirname),
    sequence: { sequencer: LongestFirst },
    reporters: ["default", new PlainLine()],
    // Twice the cores that it is meant for: many tests wait, for the end of a session or for a process to start.
    maxWorkers: 4,
  },
});
