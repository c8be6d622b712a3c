import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import type { StackConfig } from "../../tools/offline/project";
import type { Command } from "../lib/turns";
import type { Served } from "../../tools/lib/loopback";

/** A program as an engine's language host starts it, and what it is told. */
interface Hosted {
  readonly folder: string;
  readonly main: string;
  /** Whether the host compiles and checks TypeScript itself, as it does by default. */
  readonly typescript: boolean;
  readonly nodeArgs?: readonly string[];
  readonly config?: StackConfig;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * The command by which the language host of Pulumi's CLI runs a program in Node.
 * @param sdk a folder that has the SDK among its packages. Default: the program's.
 */
export function hosted(name: string, engine: string, program: Hosted, sdk = program.folder): Command {
  const { folder, main, typescript, nodeArgs = [], config, env } = program;
  const host = dirname(createRequire(join(sdk, "package.json")).resolve("@pulumi/pulumi/cmd/run"));
  const told = [
    "--organization=organization",
    `--project=${config?.project ?? "bench"}`,
    `--stack=${config?.stack ?? "dev"}`,
  ];
  const where = [`--root-directory=${folder}`, `--pwd=${folder}`, `--monitor=${engine}`, `--engine=${engine}`];
  return {
    name,
    cwd: folder,
    args: [...nodeArgs, host, "--dry-run", "--parallel=16", ...told, ...where, join(folder, main)],
    env: {
      PULUMI_NODEJS_TYPESCRIPT: String(typescript),
      PULUMI_CONFIG: JSON.stringify(config?.values ?? {}),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(config?.secretKeys ?? []),
      ...env,
    },
  };
}

/** The stack `prod` of this project, with every section on, in a world on loopback. */
export function ours(engine: string, root: string, config: StackConfig, world: Served, folder: string): Command {
  const { runtime } = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as {
    runtime: { options: { typescript: boolean; nodeargs: string } };
  };
  const grafana = JSON.parse(config.values[`${config.project}:grafana`] ?? "{}") as object;
  const values = {
    ...config.values,
    [`${config.project}:grafana`]: JSON.stringify({ ...grafana, url: `${world.url}/grafana` }),
  };
  return hosted("this program, all sections on", engine, {
    folder: root,
    main: "index.ts",
    typescript: runtime.options.typescript,
    nodeArgs: runtime.options.nodeargs.split(" "),
    config: { ...config, values },
    env: { KUBECONFIG: writeKubeconfig(folder, config, world), GRAFANA_AUTH: "bench" },
  });
}

/** Both contexts that a stack names, of the one cluster of the world. */
function writeKubeconfig(folder: string, { project, values }: StackConfig, { url }: Served): string {
  const { kubeContext } = JSON.parse(values[`${project}:collector`] ?? "{}") as { kubeContext?: string };
  const names = new Set(
    [values[`${project}:kubeContext`], kubeContext].filter((name) => name !== undefined && name !== ""),
  );
  const path = join(folder, "kubeconfig.json");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "world", cluster: { server: url } }],
    users: [{ name: "bench", user: { token: "bench" } }],
    contexts: [...names].map((name) => ({ name, context: { cluster: "world", user: "bench" } })),
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

/**
 * The folders of what `pulumi new typescript` and `pulumi new javascript` make, without the resources of an example.
 * TypeScript leaves out an import that nothing uses, which JavaScript does not: the second uses it.
 */
export function emptyProjects(root: string, folder: string): [typescript: string, using: string, javascript: string] {
  const [typescript, using] = [join(folder, "typescript"), join(folder, "using")];
  const importing = `import * as pulumi from "@pulumi/pulumi";\n`;
  emptyProject(root, typescript, "index.ts", importing);
  emptyProject(root, using, "index.ts", `${importing}export const stack = pulumi.getStack();\n`);
  for (const project of [typescript, using]) {
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify(TSCONFIG));
  }
  const javascript = join(folder, "javascript");
  emptyProject(root, javascript, "index.js", `"use strict";\nconst pulumi = require("@pulumi/pulumi");\n`);
  return [typescript, using, javascript];
}

/** The commands that run them. */
export function emptyPrograms(
  engine: string,
  root: string,
  folder: string,
): [typescript: Command, using: Command, javascript: Command] {
  const [typescript, using, javascript] = emptyProjects(root, folder);
  return [
    hosted(UNCHANGED, engine, { folder: typescript, main: "index.ts", typescript: true }),
    hosted(USING, engine, { folder: using, main: "index.ts", typescript: true }),
    hosted("an empty JavaScript program", engine, { folder: javascript, main: "index.js", typescript: false }),
  ];
}

export const UNCHANGED = "an empty TypeScript program by Pulumi's default, unchanged since the last run";
export const USING = "the same, exporting the stack's name, unchanged";

/** The same by tsx as it comes, in the place of the project's loader. */
export function byTsxAlone(command: Command): Command {
  const args = command.args.map((word) => (word === "./tools/loader.cjs" ? "tsx/cjs" : word));
  return { ...command, name: "the same, by tsx alone", args };
}

/** A program after an edit: the host keeps what it has checked and compiled in a temporary folder, by a file's text. */
export function edited(command: Command): Command {
  return {
    ...command,
    name: "the empty one after an edit",
    prepare: () => ({ TS_NODE_CACHE_DIRECTORY: mkdtempSync(join(command.cwd, "cache-")) }),
  };
}

/** The settings that `pulumi new typescript` writes. */
const TSCONFIG = {
  compilerOptions: {
    strict: true,
    outDir: "bin",
    target: "es2020",
    module: "commonjs",
    moduleResolution: "node",
    sourceMap: true,
    experimentalDecorators: true,
    pretty: true,
    noFallthroughCasesInSwitch: true,
    noImplicitReturns: true,
    forceConsistentCasingInFileNames: true,
  },
  files: ["index.ts"],
};

/** A project with the three packages that the template names, which are this project's. */
function emptyProject(root: string, folder: string, main: string, source: string): void {
  for (const name of ["@pulumi/pulumi", "@types/node", "typescript"]) {
    const link = join(folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, "node_modules", name), link, "junction");
  }
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name: "bench", main, devDependencies: { typescript: "*" } }),
  );
  writeFileSync(join(folder, main), source);
}
