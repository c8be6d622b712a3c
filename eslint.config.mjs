import js from "@eslint/js";
import pulumi from "@pulumi/eslint-plugin";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules/", "out/", ".cache/"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    // One program for all files: the service that editors use takes a fifth longer for a whole run.
    languageOptions: { parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname } },
    plugins: { "@pulumi": pulumi },
    rules: {
      "@pulumi/no-output-in-template-literal": "error",
      "@pulumi/no-output-instance-in-template-literal": "error",
      // Numbers in messages are the point of many of them.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // `||` turns 0 and "" into the default; empty texts that mean absent are named where they are read.
      "@typescript-eslint/prefer-nullish-coalescing": ["error", { ignorePrimitives: { string: true } }],
      "no-console": ["error", { allow: ["error"] }],
    },
  },
  {
    // Registering a resource is what a constructor is called for here; chai-like expressions and hooks in tests.
    files: ["components/**/*.ts", "policy/pack.ts", "index.ts"],
    rules: { "no-new": "off", "@typescript-eslint/no-extraneous-class": "off" },
  },
  {
    // The SDK calls the dashboards deprecated that Grafana 11 reads; version 2 begins with Grafana 12.
    files: ["components/grafana/**/*.ts", "tests/grafana/**/*.ts"],
    rules: {
      "@typescript-eslint/no-deprecated": [
        "error",
        {
          allow: [
            { from: "package", name: ["Dashboard", "DashboardBuilder"], package: "@grafana/grafana-foundation-sdk" },
          ],
        },
      ],
    },
  },
  {
    files: ["**/*.mjs", "**/*.cjs", "policy/index.js"],
    languageOptions: {
      globals: {
        console: "readonly",
        process: "readonly",
        require: "readonly",
        module: "writable",
        __dirname: "readonly",
      },
    },
  },
);
