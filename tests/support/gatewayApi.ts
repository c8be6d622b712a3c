/** The definition of HTTPRoutes, for an API server that shall know them. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { setting } from "./findProgram";

const moduleFile = resolve(__dirname, "../../.ci/gateway-api/go.mod");

/** Looks where `.ci/install` puts it. @returns the definition, or as `missing` a sentence that says what to do */
export function findHttpRouteDefinition(): { definition: object } | { missing: string } {
  const version = /^require sigs\.k8s\.io\/gateway-api (v\S+)$/m.exec(readFileSync(moduleFile, "utf8"))?.[1];
  const cache = setting("XDG_CACHE_HOME") ?? join(homedir(), ".cache");
  const file = join(cache, "pulumi-tempo", `gateway-api-${version}`, "httproutes.yaml");
  if (!existsSync(file)) return { missing: `no ${file}: run .ci/install` };
  return { definition: parse(readFileSync(file, "utf8")) as object };
}
