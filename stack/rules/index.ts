import { caddy } from "../../components/caddy/rules";
import { collector } from "../../components/collector/rules";
import { metadata, nodes, receiver } from "../../components/common/podRules";
import { remoteWrite, strayRemoteWriteSecret } from "../../components/common/remoteWriteRules";
import { requestsWithin } from "../../components/common/resourceRules";
import type { Finding, IsSecret, LooseSettings } from "../../components/contracts/rules";
import { grafana } from "../../components/grafana/rules";
import { ingress } from "../../components/ingress/rules";
import { scrape } from "../../components/monitoring/rules";
import { sdk } from "../../components/sdk/rules";
import { storage } from "../../components/storage/rules";
import { tailnet } from "../../components/tailnet/rules";
import { floors, limits, networkPolicy, retention, versionLines } from "../../components/tempo/rules";
import { plainTexts } from "./plain";
import { urls } from "./urls";

/** Rules between settings, each of which may be right by itself. */
export function validateCrossFields(settings: LooseSettings, isSecret: IsSecret): Finding[] {
  return [
    ...cluster(settings),
    ...requestsWithin("resources", settings.resources),
    ...requestsWithin("storage.resources", settings.storage?.resources),
    ...requestsWithin("scrape.resources", settings.scrape?.resources),
    ...metadata(settings),
    ...nodes(settings),
    ...receiver(settings),
    ...limits(settings),
    ...floors(settings),
    ...retention(settings),
    ...storage(settings),
    ...scrape(settings),
    ...versionLines(settings),
    ...urls(settings),
    ...remoteWrite(settings, isSecret),
    ...strayRemoteWriteSecret(settings, isSecret),
    ...tailnet(settings, isSecret),
    ...ingress(settings),
    ...networkPolicy(settings),
    ...grafana(settings, isSecret),
    ...collector(settings),
    ...sdk(settings),
    ...caddy(settings),
    ...plainTexts(settings),
  ];
}

function cluster(settings: LooseSettings): Finding[] {
  const { kubeContext, allowedKubeContexts } = settings;
  // An absent context is a parsed one; a wrong one is not there.
  if (
    !("kubeContext" in settings) ||
    !allowedKubeContexts ||
    (kubeContext === undefined) !== (allowedKubeContexts.length === 0)
  )
    return [];
  return kubeContext === undefined
    ? [
        {
          key: "kubeContext",
          message:
            "no cluster is named. Write the kubeconfig context of the cluster (kubectl config get-contexts), " +
            "or patterns of the ones allowed in allowedKubeContexts",
        },
      ]
    : [
        {
          key: "allowedKubeContexts",
          found: JSON.stringify(allowedKubeContexts),
          message: `has no effect beside kubeContext = "${kubeContext}". Write one of the two`,
        },
      ];
}
