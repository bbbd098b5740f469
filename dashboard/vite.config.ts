import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Addresses in the built page are relative, so that it works under any prefix: web sets its <base>. */
export default defineConfig({
  base: "./",
  plugins: [react()],
  build: {
    outDir: "../web/static/dashboard",
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // What the first load may weigh is bounded by tests/dashboard.
    chunkSizeWarningLimit: 1_000,
  },
  server: {
    proxy: { "/api": { target: process.env["CALLBOARD_URL"] ?? "http://127.0.0.1:8080", ws: true } },
  },
  test: {
    environment: "happy-dom",
    setupFiles: ["./src/testing/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    testTimeout: 60_000,
    // One process loads every module once, which else takes longer than the tests; setup.ts takes back what they change.
    maxWorkers: 1,
    isolate: false,
    coverage: {
      provider: "v8",
      include: ["src/**/*.{ts,tsx}"],
      exclude: ["src/testing/**", "src/api/schema.d.ts"],
      reporter: ["text", "text-summary"],
      thresholds: { statements: 95 },
    },
  },
});
