import { stringify } from "yaml";
import type { DataSourcePlan } from ".";

/**
 * What a provisioning file of Grafana must say for a data source that is provisioned from one: nothing is sent for it,
 * so these lines are what links it. Grafana expands variables in such a file; a `$` that is meant is written twice.
 */
export function renderProvisioning(plan: DataSourcePlan): string {
  const { uid, name, type, url, written } = plan;
  const entry = {
    uid,
    name,
    type,
    // Others' data sources have theirs.
    ...(url !== undefined && { access: "proxy", url }),
    jsonData: doubleDollars(written),
  };
  const advice =
    url === undefined
      ? [
          `Grafana's provisioning file has an entry with the uid ${uid} below \`datasources:\`.`,
          "Add the keys of jsonData to those that it has there, then restart Grafana.",
        ]
      : [
          "A provisioning file of Grafana: put it beside the others, or its entry into one of them, then restart Grafana.",
        ];
  const text = stringify({ apiVersion: 1, datasources: [entry] }, { lineWidth: 0, aliasDuplicateObjects: false });
  return `${advice.map((line) => `# ${line}\n`).join("")}${text}`;
}

function doubleDollars(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("$", "$$$$");
  if (Array.isArray(value)) return value.map(doubleDollars);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, doubleDollars(entry)]));
}
