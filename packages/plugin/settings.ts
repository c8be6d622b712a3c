import * as pulumi from "@pulumi/pulumi";
import { parseSettings } from "../../stack/settings";
import { userError } from "../../lib/errors";
import { ConfigurationError, joinPath, listProblems } from "../../lib/problems";
import type { Settings } from "../../components/contracts/settings";

const A_CREDENTIAL =
  "a credential, which is no argument: it would stand in plain text in the state. Without it the tailnet's API is not asked";
const A_REMOTE_WRITE_SECRET =
  "a secret, which is no argument: it would stand in plain text in the state. Write the Secret that has it as auth.secretName";
const A_HEADER =
  "a secret, which is no argument. Make the data source elsewhere, and write provisioned as its ownership";
const A_DYNAMIC_RESOURCE =
  "of a route that only this project's own program can make. Without it the route is the output caddyRoute, to paste";

/** Settings of a stack that are no arguments, each with the reason. */
export const refusedSettings: Readonly<Record<string, string>> = {
  allowedKubeContexts: "no argument: a program names its cluster. Write kubeContext",
  "prometheus.headers": A_REMOTE_WRITE_SECRET,
  "prometheus.auth.credential": A_REMOTE_WRITE_SECRET,
  "collector.remoteWrite.headers": A_REMOTE_WRITE_SECRET,
  "collector.remoteWrite.auth.credential": A_REMOTE_WRITE_SECRET,
  "tailnet.apiKey": A_CREDENTIAL,
  "tailnet.oauthClientId": A_CREDENTIAL,
  "tailnet.oauthClientSecret": A_CREDENTIAL,
  "grafana.headers": "secrets, which are no arguments: they would stand in plain text in the state",
  "grafana.auth": "a credential, which is no argument. Put it into $GRAFANA_AUTH",
  "grafana.tempo.httpHeaders": A_HEADER,
  "grafana.loki.httpHeaders": A_HEADER,
  "grafana.prometheus.httpHeaders": A_HEADER,
  "caddy.adminUrl": A_DYNAMIC_RESOURCE,
  "caddy.server": A_DYNAMIC_RESOURCE,
};

/**
 * The settings that arguments mean, by the parser of the stack's own configuration: the errors are the same, but for
 * the name of the resource where a stack has its project.
 * @throws RunError with every problem.
 */
export function settingsOf(name: string, args: object): Settings {
  const problems = [
    ...outputsIn(args).map((key) => ({ key, message: "an output. Write a plain value" })),
    ...Object.entries(refusedSettings).flatMap(([key, message]) => (has(args, key) ? [{ key, message }] : [])),
  ];
  if (problems.length > 0) {
    throw userError(`arguments of "${name}" that it does not take; nothing was changed:\n${listProblems(problems)}`);
  }
  const project = name.replaceAll(":", "-");
  const config = Object.entries(args).flatMap(([key, value]): [string, string][] =>
    value === undefined || value === null
      ? []
      : [[`${project}:${key}`, typeof value === "string" ? value : JSON.stringify(value)]],
  );
  try {
    return parseSettings(Object.fromEntries(config), project, pulumi.getStack());
  } catch (error) {
    throw error instanceof ConfigurationError ? userError(error.message) : error;
  }
}

function has(args: object, path: string): boolean {
  const value = path
    .split(".")
    .reduce<unknown>((at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined), args);
  return value !== undefined && value !== null;
}

/** Paths of outputs: of an argument that a program made of another resource, since no schema forbids that. */
function outputsIn(value: unknown, path: readonly PropertyKey[] = []): string[] {
  if (pulumi.Output.isInstance(value)) return [joinPath(String(path[0]), path.slice(1))];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, below]) =>
    outputsIn(below, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}
