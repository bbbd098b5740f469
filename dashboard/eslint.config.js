import js from "@eslint/js";
import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import { defineConfig, globalIgnores } from "eslint/config";
import typescript from "typescript-eslint";

export default defineConfig(
  globalIgnores(["node_modules", "src/api/schema.d.ts", "coverage"]),
  js.configs.recommended,
  typescript.configs.strict,
  {
    files: ["**/*.tsx", "**/*.ts"],
    extends: [hooks.configs.flat.recommended, a11y.flatConfigs.recommended],
    rules: {
      "max-lines": ["error", 250],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
    },
  },
  {
    files: ["**/*.js", "e2e/**"],
    languageOptions: {
      globals: Object.fromEntries(
        ["process", "console", "fetch", "URL", "window", "document", "localStorage", "sessionStorage", "requestAnimationFrame"]
          .concat("performance", "MessageChannel", "MutationObserver")
          .map((name) => [name, "readonly"]),
      ),
    },
  },
);
