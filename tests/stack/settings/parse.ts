import { parseSettings } from "../../../stack/settings";
import { ConfigurationError, formatProblem } from "../../../lib/problems";
import type { Settings } from "../../../components/contracts/settings";

/** A configuration: keys (of the project `tempo` unless they have a namespace) to what a stack file holds. */
export type Config = Readonly<Record<string, unknown>>;

export const PROJECT = "tempo";
export const STACK = "dev";

/** As the engine hands it over: numbers and booleans as text, lists and sections as JSON. */
function encode(config: Config): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key.includes(":") ? key : `${PROJECT}:${key}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

/** Parses a configuration as it is. @throws ConfigurationError */
export function parseConfig(config: Config, secretKeys: readonly string[] = []): Settings {
  return parseSettings(encode(config), PROJECT, STACK, (key) => secretKeys.includes(key));
}

/** The error of a bad configuration. @throws when it is a good one, or when the program crashes. */
export function errorOf(config: Config, secretKeys: readonly string[] = []): ConfigurationError {
  try {
    parseConfig(config, secretKeys);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error(`the configuration is accepted: ${JSON.stringify(config)}`);
}

/** Every line of the error of a bad configuration. */
export function linesOf(config: Config, secretKeys: readonly string[] = []): string[] {
  return errorOf(config, secretKeys).problems.map(formatProblem);
}
