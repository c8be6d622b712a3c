/**
 * Which cluster a run touches. Never "whatever is current": either the stack names the kubeconfig context, or it names
 * patterns of contexts, one of which the current one must match. `pulumi up` with yesterday's context has deployed to
 * the wrong cluster often enough.
 */
export type ContextChoice = { readonly context: string } | { readonly refused: string };

/** The settings that the choice is made by. */
export interface ContextSettings {
  readonly kubeContext?: string | undefined;
  readonly allowedKubeContexts: readonly string[];
  /** The setting that names the context. Default: kubeContext. */
  readonly key?: string;
}

/** What a kubeconfig says, as far as the choice needs it. */
export interface KubeconfigContexts {
  readonly current: string | undefined;
  readonly all: readonly string[];
}

/**
 * Chooses the context.
 * @returns the context, or the sentence that tells why none may be used and what to set.
 */
export function chooseContext(
  { kubeContext, allowedKubeContexts, key = "kubeContext" }: ContextSettings,
  { current, all }: KubeconfigContexts,
): ContextChoice {
  const known = all.length > 0 ? `It has: ${all.join(", ")}` : "It has none";
  if (kubeContext !== undefined) {
    return all.includes(kubeContext)
      ? { context: kubeContext }
      : { refused: `${key} "${kubeContext}" is not in the kubeconfig. ${known}` };
  }
  if (current === undefined || !all.includes(current)) {
    return {
      refused: `the kubeconfig has no current context. ${known}; choose one with: kubectl config use-context NAME`,
    };
  }
  return allowedKubeContexts.some((pattern) => matches(pattern, current))
    ? { context: current }
    : {
        refused:
          `the current context "${current}" is none that this stack names (${allowedKubeContexts.join(", ")}). ` +
          `If it is the cluster you mean: pulumi config set kubeContext ${/^[\w@.:/-]+$/.test(current) ? current : JSON.stringify(current)} ` +
          "and pulumi config rm allowedKubeContexts",
      };
}

/** Whether a name fits a pattern in which `*` stands for any characters. */
export function matches(pattern: string, name: string): boolean {
  const expression = pattern
    .split("*")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${expression}$`, "s").test(name);
}

/** How a plan without a cluster names the context. */
export function describeContext(settings: ContextSettings): string {
  return settings.kubeContext ?? `the current one, if it is one of ${settings.allowedKubeContexts.join(", ")}`;
}
