import { turnsVerificationOff } from "../../../lib/credentials";
import { parseImage } from "../../../lib/schema/image";
import { at, fields, leaves, list } from "./inputs";
import { podOf, RELEASE } from "./pods";
import type { Policy } from "./types";

const INGRESS = "kubernetes:networking.k8s.io/v1:Ingress";
const CLAIM = "kubernetes:core/v1:PersistentVolumeClaim";
const DAEMON_SET = "kubernetes:apps/v1:DaemonSet";

/** Names of stacks whose traces somebody would miss. */
const PRODUCTION = /^(?:prod|production)$/;

export const noFunnel: Policy = {
  name: "no-funnel",
  description: "No Tailscale Funnel: it would put the traces on the public internet.",
  check: ({ type, inputs }) =>
    type.startsWith("kubernetes:") && String(at(inputs, "metadata", "annotations", "tailscale.com/funnel")) === "true"
      ? ['metadata.annotations["tailscale.com/funnel"] is "true". Write "false"']
      : [],
};

export const ingressTls: Policy = {
  name: "ingress-tls",
  description: "Every Ingress ends TLS for a named host.",
  check: ({ type, inputs }) => {
    if (type !== INGRESS) return [];
    const hosts = list(at(inputs, "spec", "tls")).flatMap((entry) => list(fields(entry)["hosts"]));
    return hosts.length > 0 ? [] : ["spec.tls names no host. Write the hosts whose TLS it ends"];
  },
};

export const pinned: Policy = {
  name: "pinned-images-and-charts",
  description: "Images and charts are named by one version, so that nothing changes without a commit.",
  check: (resource) => {
    const { type, inputs } = resource;
    const images = (podOf(resource)?.containers ?? []).flatMap(({ path, container }) => {
      const image = container["image"];
      // By the parser of the settings, so that no image is accepted there and refused here.
      if (typeof image === "string" && typeof parseImage(image) !== "string") return [];
      return [`${path}.image is ${JSON.stringify(image)}. Write a full version or a digest`];
    });
    if (type !== RELEASE) return images;
    const { chart, version } = inputs as { chart?: string; version?: string };
    // A folder or an archive is one version; a repository has many.
    const isPath = /^(?:\.{0,2}\/|~\/)/.test(chart ?? "");
    if (isPath || /^\d+\.\d+\.\d+(?:[-+][\w.-]+)?$/.test(version ?? "")) return images;
    return [...images, `version is ${JSON.stringify(version)}. Write an exact version of the chart, such as 2.2.4`];
  },
};

export const protectedVolume: Policy = {
  name: "protected-trace-volume",
  description: "In prod the claim that holds the traces is protected from deletion.",
  check: ({ type, protect }, { stack }) =>
    type === CLAIM && PRODUCTION.test(stack) && !protect ? ["not protected. Write volume.protect true"] : [],
};

export const bounded: Policy = {
  name: "requests-and-limits",
  description: "Every container says what memory it asks for and may use.",
  check: (resource) =>
    (podOf(resource)?.containers ?? []).flatMap(({ path, container }) => {
      // No CPU is a choice of the settings.
      const missing = [
        ["requests", "memory"],
        ["limits", "memory"],
      ].filter((part) => at(container, "resources", ...part) === undefined);
      return missing.map((part) => `${path}.resources.${part.join(".")} is missing. Write an amount`);
    }),
};

/** The one component whose work needs the kernel: eBPF sees other pods' processes, and some kernels want more. */
const COLLECTOR = "tempo:collector:Collector";

export const unprivileged: Policy = {
  name: "no-privileged-pod",
  description: "No pod is privileged or shares the node's namespaces, but the collector's, whose eBPF needs it.",
  check: (resource) => {
    const pod = podOf(resource);
    if (!pod) return [];
    const excepted = resource.type === DAEMON_SET && resource.parentType === COLLECTOR;
    const shared = ["hostPID", "hostIPC", "hostNetwork"].filter(
      (key) => pod.spec[key] === true && !(excepted && key === "hostPID"),
    );
    const privileged = pod.containers.filter(
      ({ container }) => at(container, "securityContext", "privileged") === true && !excepted,
    );
    return [
      ...shared.map((key) => `${pod.path}.${key} is true. Leave it out`),
      ...privileged.map(({ path }) => `${path}.securityContext.privileged is true. Leave it out`),
    ];
  },
};

export const verifiedTls: Policy = {
  name: "tls-verified",
  description: "Nothing turns the verification of TLS certificates off.",
  check: ({ inputs }) =>
    leaves(inputs).flatMap(({ path, key, value }) =>
      turnsVerificationOff(key, value)
        ? [`${path} turns the verification of certificates off. Name the CA instead`]
        : [],
    ),
};
