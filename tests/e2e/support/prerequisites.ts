import { PulumiCommand } from "@pulumi/pulumi/automation";
import { loadKubeconfig } from "../../../lib/kubernetes/kubeconfig";

/** Context of the cluster that the end-to-end test may use; it makes and deletes a namespace of its own there. */
export const CONTEXT_VARIABLE = "TEMPO_E2E_CONTEXT";
/** Where the chart comes from, as the setting `chart`; for clusters without internet. */
export const CHART_VARIABLE = "TEMPO_E2E_CHART";

export interface Prerequisites {
  readonly pulumi: PulumiCommand;
  readonly context: string;
  readonly chart: string | undefined;
}

/** What the end-to-end test needs, or what is missing of it, as sentences for a person. */
export async function findPrerequisites(): Promise<Prerequisites | { readonly missing: readonly string[] }> {
  const missing: string[] = [];
  const context = process.env[CONTEXT_VARIABLE];
  const pulumi = await PulumiCommand.get().catch((error: unknown) => {
    missing.push(`no usable \`pulumi\` on PATH (${error instanceof Error ? error.message.split("\n")[0] : "unknown"})`);
    return undefined;
  });
  const contexts = [...loadKubeconfig().contexts.keys()];
  if (context === undefined) {
    missing.push(
      `no cluster is named: set ${CONTEXT_VARIABLE} to a kubeconfig context (there are: ${contexts.join(", ")})`,
    );
  } else if (!contexts.includes(context)) {
    missing.push(`${CONTEXT_VARIABLE}=${context} is not in the kubeconfig (there are: ${contexts.join(", ")})`);
  }
  if (missing.length > 0 || pulumi === undefined || context === undefined) return { missing };
  return { pulumi, context, chart: process.env[CHART_VARIABLE] };
}
