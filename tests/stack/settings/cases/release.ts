import { advice, bad, type BadCase } from "./types";

const floating =
  "a floating reference: what it names can change. Write a full version such as grafana/tempo:2.10.1, or a digest.";
const malformed = "not an image reference. Write [registry/]repository:version such as grafana/tempo:2.10.1.";
const chart =
  "no chart source. Write a repository's https:// URL, an oci:// reference, or a path that begins with ./, ../, ~/ or /.";
const unclean =
  "a chart source with credentials, a query, a version or a space in it. Write it without; the version is chartVersion.";
const version = "not an exact version. Write three numbers such as 2.2.4, no range.";
const context = "no context's name. Write it as kubectl config get-contexts shows it, without spaces around it.";
const kubeconfig = "not a kubeconfig's path. Write a path without variables, such as ~/.kube/config.";
const pattern =
  "names no context. Write a context's name or a pattern such as kind-*; '*' alone would allow every cluster.";
const unnamed =
  "tempo:kubeContext: no cluster is named. Write the kubeconfig context of the cluster (kubectl config get-contexts), or patterns of the ones allowed in allowedKubeContexts.";

/** Cluster, namespace, name, image and chart. */
export const releaseCases: BadCase[] = [
  bad({ kubeContext: "" }, unnamed),
  bad({ kubeContext: "", allowedKubeContexts: [] }, unnamed),
  bad(
    { allowedKubeContexts: ["kind-*"] },
    'tempo:allowedKubeContexts = ["kind-*"]: has no effect beside kubeContext = "c". Write one of the two.',
  ),
  // "no cluster is named" comes in addition.
  bad({ kubeContext: ["c"] }, `tempo:kubeContext = ["c"]: ${context}`),
  // Such a context is refused only when a cluster is asked.
  bad({ kubeContext: "minikube " }, `tempo:kubeContext = "minikube ": ${context}`),
  bad({ kubeContext: " " }, `tempo:kubeContext = " ": ${context}`),
  bad({ kubeContext: "", allowedKubeContexts: "kind-*" }, `tempo:allowedKubeContexts = "kind-*": ${advice.list}`),
  bad({ kubeContext: "", allowedKubeContexts: "" }, `tempo:allowedKubeContexts = "": ${advice.list}`),
  bad(
    { kubeContext: "", allowedKubeContexts: { a: "kind-*" } },
    `tempo:allowedKubeContexts = {"a":"kind-*"}: ${advice.list}`,
  ),
  bad({ kubeContext: "", allowedKubeContexts: ["*"] }, `tempo:allowedKubeContexts[0] = "*": ${pattern}`),
  // Two allow every cluster as one does.
  bad({ kubeContext: "", allowedKubeContexts: ["**"] }, `tempo:allowedKubeContexts[0] = "**": ${pattern}`),
  bad(
    { kubeContext: "", allowedKubeContexts: ["", " kind-*", null, 5, ["a"], "kind-*"] },
    `tempo:allowedKubeContexts[0] = "": ${pattern}`,
    `tempo:allowedKubeContexts[1] = " kind-*": ${pattern}`,
    `tempo:allowedKubeContexts[2] = null: ${pattern}`,
    `tempo:allowedKubeContexts[3] = 5: ${pattern}`,
    `tempo:allowedKubeContexts[4] = ["a"]: ${pattern}`,
  ),
  // No shell expands it.
  bad({ kubeconfig: "$HOME/.kube/config" }, `tempo:kubeconfig = "$HOME/.kube/config": ${kubeconfig}`),
  bad({ kubeconfig: " ~/.kube/config" }, `tempo:kubeconfig = " ~/.kube/config": ${kubeconfig}`),

  bad({ namespace: "" }, `tempo:namespace = "": ${advice.label}`),
  bad({ namespace: "Monitoring" }, `tempo:namespace = "Monitoring": ${advice.label}`),
  bad({ namespace: "monitoring " }, `tempo:namespace = "monitoring ": ${advice.label}`),
  bad({ namespace: "monitoring\n" }, `tempo:namespace = "monitoring\\n": ${advice.label}`),
  bad({ namespace: "team.monitoring" }, `tempo:namespace = "team.monitoring": ${advice.label}`),
  bad({ namespace: "überwachung" }, `tempo:namespace = "überwachung": ${advice.label}`),
  bad({ namespace: "-a" }, `tempo:namespace = "-a": ${advice.label}`),
  bad({ namespace: "a".repeat(64) }, `tempo:namespace = "${"a".repeat(64)}": ${advice.label}`),
  bad({ namespace: ["monitoring"] }, `tempo:namespace = ["monitoring"]: ${advice.label}`),
  bad({ namespace: { name: "monitoring" } }, `tempo:namespace = {"name":"monitoring"}: ${advice.label}`),

  bad({ createNamespace: "yes" }, `tempo:createNamespace = "yes": ${advice.boolean}`),
  bad({ createNamespace: "True" }, `tempo:createNamespace = "True": ${advice.boolean}`),
  bad({ createNamespace: 1 }, `tempo:createNamespace = "1": ${advice.boolean}`),
  bad({ createNamespace: "" }, `tempo:createNamespace = "": ${advice.boolean}`),
  bad({ createNamespace: {} }, `tempo:createNamespace = {}: ${advice.boolean}`),

  bad({ name: "" }, `tempo:name = "": ${advice.label}`),
  bad({ name: "Tempo" }, `tempo:name = "Tempo": ${advice.label}`),
  bad({ name: "tempo_1" }, `tempo:name = "tempo_1": ${advice.label}`),
  bad({ name: "{{tempo}}" }, `tempo:name = "{{tempo}}": ${advice.label}`),
  bad(
    { name: "a".repeat(53) },
    `tempo:name = "${"a".repeat(53)}": longer than 52 characters, which Kubernetes has no room for in the pod's labels. Write a shorter name.`,
  ),
  // Kubernetes refuses the Service (RFC 1035) in the middle of an up.
  bad(
    { name: "2tempo" },
    'tempo:name = "2tempo": begins with a digit, which a Service\'s name may not. Write a name that begins with a letter.',
  ),
  // The chart writes it without quotes into labels, where Kubernetes refuses a boolean in the middle of an up.
  ...["true", "false", "null", "yes", "no", "on", "off", "y", "n"].map((name) =>
    bad({ name }, `tempo:name = "${name}": a word or number that YAML does not read as text. Write another name.`),
  ),
  bad({ name: true }, 'tempo:name = "true": a word or number that YAML does not read as text. Write another name.'),

  // The chart writes the namespace without quotes, too.
  ...["5", "1e3", "0x1f", "true", "null", "no"].map((namespace) =>
    bad(
      { namespace },
      `tempo:namespace = "${namespace}": a word or number that YAML does not read as text. Write another name.`,
    ),
  ),

  bad({ image: "" }, `tempo:image = "": ${malformed}`),
  bad({ image: "grafana/tempo" }, `tempo:image = "grafana/tempo": ${floating}`),
  bad({ image: "grafana/tempo:latest" }, `tempo:image = "grafana/tempo:latest": ${floating}`),
  bad({ image: "grafana/tempo:2.10" }, `tempo:image = "grafana/tempo:2.10": ${floating}`),
  bad({ image: 2 }, `tempo:image = "2": ${floating}`),
  bad({ image: "Grafana/Tempo:2.10.1" }, `tempo:image = "Grafana/Tempo:2.10.1": ${malformed}`),
  bad({ image: "grafana/tempo:2.10.1 " }, `tempo:image = "grafana/tempo:2.10.1 ": ${malformed}`),
  bad(
    { image: "https://docker.io/grafana/tempo:2.10.1" },
    `tempo:image = "https://docker.io/grafana/tempo:2.10.1": ${malformed}`,
  ),
  bad({ image: "grafana/tempo@sha256:abc" }, `tempo:image = "grafana/tempo@sha256:abc": ${malformed}`),
  bad({ image: "host.x:99999/tempo:2.10.1" }, `tempo:image = "host.x:99999/tempo:2.10.1": ${malformed}`),
  bad({ image: { tag: "2.10.1" } }, `tempo:image = {"tag":"2.10.1"}: ${advice.text}`),
  bad({ image: "grafana/tempo:2.10-alpine" }, `tempo:image = "grafana/tempo:2.10-alpine": ${floating}`),
  // Tempo 3 does not start with a configuration for Tempo 2.
  bad(
    { image: "grafana/tempo:3.0.0" },
    'tempo:image = "grafana/tempo:3.0.0": not Tempo 2, which alone understands the configuration that is written here. Write a version from 2.10 on, of 2.x.',
  ),

  bad({ chart: "" }, `tempo:chart = "": ${chart}`),
  bad({ chart: "tempo" }, `tempo:chart = "tempo": ${chart}`),
  bad({ chart: "grafana/tempo" }, `tempo:chart = "grafana/tempo": ${chart}`),
  bad({ chart: "oci://ghcr.io" }, `tempo:chart = "oci://ghcr.io": ${chart}`),
  bad({ chart: "ftp://host/charts" }, `tempo:chart = "ftp://host/charts": ${chart}`),
  bad({ chart: "https://host:99999" }, `tempo:chart = "https://host:99999": ${chart}`),
  bad({ chart: "C:\\charts\\tempo" }, `tempo:chart = "C:\\\\charts\\\\tempo": ${chart}`),
  bad({ chart: ["./tempo"] }, `tempo:chart = ["./tempo"]: ${chart}`),
  bad({ chart: "https://host/a b" }, `tempo:chart = "https://host/a b": ${unclean}`),
  // The version here contradicts chartVersion.
  bad({ chart: "oci://host/tempo:2.2.4" }, `tempo:chart = "oci://host/tempo:2.2.4": ${unclean}`),

  bad({ chartVersion: "" }, `tempo:chartVersion = "": ${version}`),
  bad({ chartVersion: 2 }, `tempo:chartVersion = "2": ${version}`),
  bad({ chartVersion: 2.2 }, `tempo:chartVersion = "2.2": ${version}`),
  bad({ chartVersion: "2.x" }, `tempo:chartVersion = "2.x": ${version}`),
  bad({ chartVersion: "^2.2.4" }, `tempo:chartVersion = "^2.2.4": ${version}`),
  bad({ chartVersion: "v2.2.4" }, `tempo:chartVersion = "v2.2.4": ${version}`),
  bad({ chartVersion: "2.2.4 " }, `tempo:chartVersion = "2.2.4 ": ${version}`),
  bad({ chartVersion: ["2.2.4"] }, `tempo:chartVersion = ["2.2.4"]: ${version}`),
  // Chart 3 deploys Tempo 3.
  bad(
    { chartVersion: "3.0.0" },
    'tempo:chartVersion = "3.0.0": not of the chart\'s 2.x line, which deploys Tempo 2. Write a 2.x version such as 2.2.4.',
  ),
];
