// The browser tests: one system of real binaries, one story told in order.
import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "tests",
  outputDir: "results",
  workers: 1,
  retries: 0,
  timeout: 60_000,
  globalTimeout: 15 * 60_000,
  expect: { timeout: 20_000 },
  forbidOnly: Boolean(process.env.CI),
  reporter: [["list"]],
  use: { actionTimeout: 15_000, navigationTimeout: 20_000, trace: "retain-on-failure" },
});
