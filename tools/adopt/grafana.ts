import { GrafanaRefused, GrafanaSilent, openGrafana } from "../../components/grafana/api/live";
import { type GrafanaFindings } from "../../components/grafana/api/findings";
import { checkGrafana } from "../../components/grafana/api/check";
import { takeGrafanaSnapshot } from "../../components/grafana/api/snapshot";
import type { Settings } from "../../components/contracts/settings";

/** What stands in the way in Grafana; asked only with a credential in the environment. */
export async function grafanaFindings(
  settings: Settings,
  run: { readonly project: string; readonly stack: string; readonly owner: string },
  auth = process.env["GRAFANA_AUTH"],
): Promise<GrafanaFindings> {
  const { grafana } = settings;
  if (!grafana) return { problems: [], notes: [] };
  if (auth === undefined || auth === "") {
    return {
      problems: [],
      notes: ["Grafana was not looked at: put its credential into $GRAFANA_AUTH, or read what the preview says of it"],
    };
  }
  // Loaded only here: a stack without Grafana does not need the SDK of the dashboards.
  // oxlint-disable-next-line typescript/no-require-imports
  const { planGrafana } = require("../../components/grafana/plan") as typeof import("../../components/grafana/plan");
  const { url } = grafana;
  try {
    // Nothing is in the state of a stack that has not been brought up.
    const snapshot = await takeGrafanaSnapshot(
      planGrafana(settings, grafana, run.owner),
      openGrafana(url, auth),
      new Set(),
    );
    return checkGrafana(planGrafana(settings, grafana, run.owner), snapshot, {
      ...run,
      url,
      credential: "environment",
    });
  } catch (error) {
    if (!(error instanceof GrafanaSilent) && !(error instanceof GrafanaRefused)) throw error;
    return {
      problems: [{ key: `${run.project}:grafana.url`, found: JSON.stringify(url), message: error.message }],
      notes: [],
    };
  }
}
