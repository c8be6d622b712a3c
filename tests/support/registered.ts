/** What every stack registers and how, for tests that compare the whole list of a stack. */

/** The options of a resource that asks for none. */
export const none = { protect: false, retainOnDelete: false, dependsOn: [] };
export const inTempo = { parent: "tempo:tempo:Tempo::tempo" };
export const inGrafana = { parent: "tempo:grafana:Grafana::grafana" };

/** The first of every stack. */
export const clusterAndTempo = [
  { type: "pulumi:providers:kubernetes", name: "cluster", ...none },
  { type: "tempo:tempo:Tempo", name: "tempo", provider: "cluster", ...none },
];

/**
 * The claim after its provider, and the release that waits for it.
 * @param claim the options of the claim that differ from stack to stack
 */
export function claimAndRelease(claim: { protect: boolean; dependsOn: string[] }) {
  return [
    { type: "pulumi:providers:kubernetes", name: "tempo-claim-provider", ...inTempo, ...none },
    {
      type: "kubernetes:core/v1:PersistentVolumeClaim",
      name: "tempo-claim",
      ...inTempo,
      provider: "tempo-claim-provider",
      retainOnDelete: true,
      ...claim,
    },
    {
      type: "kubernetes:helm.sh/v3:Release",
      name: "tempo-release",
      ...inTempo,
      ...none,
      dependsOn: ["tempo-claim"],
    },
  ];
}
