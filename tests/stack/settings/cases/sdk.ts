import type { Config } from "../parse";
import { advice, bad, type BadCase } from "./types";

const hermes = { namespace: "hermes", cluster: "tempo" };
const namespaces = (...list: unknown[]): Config => ({ sdk: { namespaces: list } });
const at = "tempo:sdk.namespaces[0]";

/** The section of services with an SDK. */
export const sdkCases: BadCase[] = [
  bad({ sdk: "hermes" }, `tempo:sdk = "hermes": ${advice.section}`),
  bad({ sdk: [hermes] }, `tempo:sdk = [{"namespace":"hermes","cluster":"tempo"}]: ${advice.section}`),
  bad(
    { sdk: { configMapName: "otel" } },
    "tempo:sdk.namespaces: missing. Write a list in [ ] or with a line beginning with - for each entry.",
  ),
  bad(namespaces(), "tempo:sdk.namespaces = []: empty. Write at least one namespace."),
  bad({ sdk: { namespaces: "hermes" } }, `tempo:sdk.namespaces = "hermes": ${advice.list}`),
  bad(
    {
      sdk: {
        configMapName: "A_B",
        namespaces: [{ namespace: 5, cluster: "prod", endpoint: "http://a", protocol: "udp" }, "hermes", {}],
      },
    },
    `tempo:sdk.configMapName = "A_B": ${advice.dnsName}`,
    `${at}.namespace = 5: ${advice.label}`,
    `${at}.cluster = "prod": neither of the two clusters. Write tempo or collector.`,
    `${at}.endpoint = "http://a": no such way. Write service, tailnet or collector.`,
    `${at}.protocol = "udp": no protocol of OTLP. Write http or grpc.`,
    `tempo:sdk.namespaces[1] = "hermes": ${advice.section}`,
    `tempo:sdk.namespaces[2].namespace: missing. ${advice.label.slice(advice.label.indexOf("Write"))}`,
    "tempo:sdk.namespaces[2].cluster: missing. Write tempo or collector.",
  ),
  bad(
    { sdk: { name: "a", namespaces: [{ ...hermes, clustre: "a" }] } },
    `${at}.clustre: an unknown key. Did you mean cluster?`,
    "tempo:sdk.name: an unknown key. Known are configMapName, namespaces.",
  ),
  bad(
    namespaces(hermes, hermes),
    'tempo:sdk.namespaces[1].namespace = "hermes": named above already for the same cluster. Write each namespace once.',
  ),
  bad(
    namespaces({ ...hermes, cluster: "collector" }),
    `${at}.cluster = "collector": there is no collector. Write tempo, or the section collector.`,
  ),
  bad(
    namespaces({ ...hermes, endpoint: "tailnet" }),
    `${at}.endpoint = "tailnet": there is no tailnet. Write the section tailnet, or another way.`,
  ),
  bad(
    { tailnet: { domain: "tail8d86e.ts.net" }, ...namespaces({ ...hermes, endpoint: "tailnet", protocol: "grpc" }) },
    `${at}.endpoint = "tailnet": the tailnet has no name for gRPC. Write tailnet.otlpGrpcHostname, or protocol http.`,
  ),
  bad(
    namespaces({ ...hermes, endpoint: "collector" }),
    `${at}.endpoint = "collector": no collector on this cluster takes spans. Write tailnet, or collector.receiver true.`,
  ),
  bad(
    { sdk: { configMapName: "tempo", namespaces: [{ ...hermes, namespace: "monitoring" }] } },
    'tempo:sdk.configMapName = "tempo": the name of another ConfigMap of this stack in namespace monitoring. Write another one, such as tempo-otel.',
  ),
];
