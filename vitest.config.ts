import { PlainLine, projects } from "@conclave/vitest/config";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: projects(import.meta.dirname),
    reporters: ["default", new PlainLine()],
    maxWorkers: 2,
  },
});
