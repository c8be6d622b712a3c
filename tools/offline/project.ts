import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseSettings } from "../../stack/settings";
import type { Settings } from "../../components/contracts/settings";
import { describeEnvironment, environmentOf, type Environment } from "./environment";
import { mergeConfig, type Declarations, type Merged } from "./merge";
import { readYaml, sectionOf } from "./yaml";

/**
 * The project and stack files as the Pulumi CLI reads them: the defaults of Pulumi.yaml, overridden key by key by the
 * stack's. Secrets are not decrypted; a plan does not need them.
 */
export interface StackConfig extends Merged {
  readonly project: string;
  /** Its name alone, as the program sees it. */
  readonly stack: string;
  /** What of the settings is not known, since it may come from Pulumi ESC. */
  readonly environment?: Environment;
}

export { SECRET } from "./merge";

/** Pulumi.yaml, as far as it says where things are and what a stack has by default. */
export interface Project extends Declarations {
  /** The folder of the stacks' files. */
  readonly stacks: string;
  /** URL of the backend that the project names. */
  readonly backend?: string;
}

/** @throws Error naming the file and what is wrong in it */
export function readProject(folder: string): Project {
  return inFile("Pulumi.yaml", () => {
    const file = sectionOf(readYaml(readFileSync(join(folder, "Pulumi.yaml"))), "the file");
    const { name, config = null, stackConfigDir = null, backend = null } = Object.fromEntries(file);
    if (typeof name !== "string" || name === "") throw new Error("name: missing. Write the project's name");
    // `config: FOLDER` is the old way to say it.
    const below = typeof config === "string" ? config : stackConfigDir;
    const url = sectionOf(backend, "backend").get("url");
    return {
      name,
      stacks: join(folder, typeof below === "string" ? below : ""),
      ...(typeof url === "string" && url !== "" && { backend: url }),
      config: typeof config === "string" ? new Map() : sectionOf(config, "config"),
    };
  });
}

/** The file of a stack. */
export interface StackFile {
  readonly project: Project;
  readonly stack: string;
  readonly path: string;
}

/**
 * Finds a stack's file.
 * @param reference as for `pulumi --stack`: NAME, ORGANIZATION/NAME or ORGANIZATION/PROJECT/NAME
 * @throws Error naming the stacks that there are, when the stack has no file.
 */
export function findStack(folder: string, reference: string): StackFile {
  const project = readProject(folder);
  const parts = reference.split("/");
  const stack = parts.at(-1) ?? "";
  if (parts.length > 3 || !parts.every((part) => /^[\w-][\w.-]*$/.test(part))) {
    throw new Error(
      `${JSON.stringify(reference)} is no name of a stack. Write NAME, ORGANIZATION/NAME or ORGANIZATION/PROJECT/NAME.`,
    );
  }
  if (parts.length === 3 && parts[1] !== project.name) {
    throw new Error(
      `${reference} is a stack of the project ${parts[1]}; this is ${project.name}. Write ${parts[0]}/${project.name}/${stack}.`,
    );
  }
  const stacks = stacksOf(project);
  const path = join(project.stacks, `Pulumi.${stack}.yaml`);
  if (!stacks.includes(stack)) {
    const where = project.stacks === join(folder, "") ? `Pulumi.${stack}.yaml` : path;
    throw new Error(`There is no ${where}. The stacks here: ${stacks.join(", ") || "none"}.`);
  }
  return { project, stack, path };
}

/** The stacks that have a file. */
export function stacksOf({ stacks }: Pick<Project, "stacks">): string[] {
  const files = existsSync(stacks) ? readdirSync(stacks) : [];
  return files.flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []).sort();
}

/**
 * Reads both files of a folder.
 * @param reference as for {@link findStack}
 * @throws Error as {@link findStack}, and with what the CLI would refuse
 */
export function readStackConfig(folder: string, reference: string): StackConfig {
  const { project, stack, path } = findStack(folder, reference);
  return inFile(basename(path), () => {
    const file = sectionOf(readYaml(readFileSync(path)), "the file");
    const config = sectionOf(file.get("config"), "config");
    const environment = environmentOf(file.get("environment"), project, config);
    const merged = mergeConfig(project, config, environment !== undefined);
    return { project: project.name, stack, ...merged, ...(environment && { environment }) };
  });
}

function inFile<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * What nobody can know here of a stack's configuration, in sentences; undefined where all of it is known. Whoever plans
 * with the rest says so.
 */
export function unknownOf({ stack, environment }: StackConfig): string | undefined {
  return environment && describeEnvironment(stack, environment);
}

/**
 * The stack's settings, as the program itself reads them.
 * @throws ConfigurationError with every problem.
 */
export function settingsOf({ project, stack, values, secretKeys }: StackConfig): Settings {
  return parseSettings(values, project, stack, (key) => secretKeys.includes(`${project}:${key}`));
}
