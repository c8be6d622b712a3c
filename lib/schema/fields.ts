import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { z } from "zod";
import {
  isDnsLabel,
  isDnsName,
  isLabelKey,
  isLabelValue,
  isPrometheusLabel,
  isTailnetDomain,
  isTailscaleTag,
} from "./names";
import { parseDuration, type Duration } from "./duration";
import { parseImage, type ImageReference } from "./image";
import { parseQuantity, toBytes, type Quantity } from "./quantity";
import { isRoutePattern } from "./routePattern";

/**
 * Field types of the settings. Each turns text into a value by meaning and, where it cannot, says what is wrong and
 * what to write instead; key and value are added by stack/settings.ts (lib/problems.ts).
 */

/**
 * A text that `parse` understands.
 * @param hint completes the sentence "… is" for a person
 * @param label what such a text is, in the reference of the settings
 * @param pattern by which an editor knows it (ECMAScript); what `parse` knows better it may leave out
 */
function parsed<T>(parse: (text: string) => T | undefined, hint: string, label: string, pattern?: RegExp) {
  // Where nothing was found only the advice makes sense (lib/problems.ts).
  const advice = hint.slice(hint.indexOf("Write "));
  return z
    .string({ error: ({ input }) => (input === undefined ? advice : hint) })
    .transform((text, context): T => {
      const value = parse(text);
      if (value !== undefined) return value;
      context.issues.push({ code: "custom", message: hint, input: text });
      return z.NEVER;
    })
    .meta({ label, ...(pattern && { pattern: pattern.source }) });
}

/** `""` in Pulumi.yaml means absent, because the CLI knows no key without a value. */
export function optional<T extends z.ZodType>(type: T) {
  return z.preprocess((input) => (input === "" ? undefined : input), type.optional());
}

/** A size in bytes, such as `10Gi`; at least one byte. */
export const byteSize = parsed<Quantity>(
  (text) => {
    const quantity = parseQuantity(text);
    return quantity && quantity.milli >= 1000n && quantity.milli % 1000n === 0n ? quantity : undefined;
  },
  "not a size in bytes. Write a Kubernetes quantity such as 10Gi or 512Mi",
  "size, bytes",
  /^\d+(\.\d+)?([kMGTPE]|[KMGTPE]i|[eE]\d+)?$/,
).refine((quantity) => Number.isSafeInteger(toBytes(quantity)), {
  error: "8Pi or more, which cannot be counted exactly. Write less",
});

const cores = parsed<Quantity>(
  (text) => {
    const quantity = parseQuantity(text);
    return quantity && quantity.milli > 0n && /^[\d.]+m?$/.test(text) ? quantity : undefined;
  },
  "not an amount of CPU. Write cores or thousandths such as 2 or 500m",
  "CPU, cores",
  /^[\d.]+m?$/,
);

/** Processor time, such as `500m` or `2`; above zero. As in a manifest, a number of cores needs no quotes. */
export const cpu = z.preprocess((input) => (typeof input === "number" ? String(input) : input), cores);

/** Go counts 292 years; what is derived from a setting must fit as well. */
const LONGEST_MS = 36_500 * 86_400_000;

/** A duration above zero. */
export const duration = parsed<Duration>(
  (text) => {
    const value = parseDuration(text);
    return value && value.ms > 0 ? value : undefined;
  },
  "not a duration. Write a number with a unit, such as 168h, 7d or 90s",
  "duration",
  /^(\d+(\.\d+)?(ms|[smhdwy]))+$/,
).refine(({ ms }) => ms <= LONGEST_MS, {
  error: "longer than 100 years, which Tempo cannot count. Write less",
});

/** For a name that is a DNS label and no text in YAML. */
export const NO_YAML_TEXT = "a word or number that YAML does not read as text. Write another name";

export const dnsLabel = parsed(
  (text) => (isDnsLabel(text) ? text : undefined),
  "not a DNS label. Write at most 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit",
  "DNS label",
  /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
);

export const dnsName = parsed(
  (text) => (isDnsName(text) ? text : undefined),
  "not a DNS name. Write labels of a-z, 0-9 and '-' joined by dots, without a scheme, a port or a path",
  "DNS name",
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
);

/** A tailnet's DNS name, such as `tail8d86e.ts.net`. */
export const tailnetDomain = parsed(
  (text) => (isTailnetDomain(text) ? text : undefined),
  "not a tailnet's DNS name. Write it as the admin console shows it, such as tail8d86e.ts.net",
  "DNS name",
  /^[a-z0-9-]+(\.[a-z0-9-]+)+$/,
);

export const tailscaleTag = parsed(
  (text) => (isTailscaleTag(text) ? text : undefined),
  "not a Tailscale tag. Write tag: and a name that begins with a letter, such as tag:k8s",
  "tag",
  /^tag:[a-zA-Z]/,
);

/** A host by its meaning: a DNS name, an IPv4 address, or an IPv6 address in brackets. */
function isHost(host: string): boolean {
  return isDnsName(host) || isIP(host.replace(/^\[(.*)\]$/, "$1")) !== 0;
}

/** By its text, since the URL parser mends spaces, backslashes and empty queries that a server gets as they are. */
function isHttpUrl(text: string): boolean {
  return (
    /^https?:\/\/[\w.:[\]-]+(?:\/[^\s\\?#{}]*)?$/.test(text) &&
    !/^https?:\/\/[^/]*:(?:\/|$)/.test(text) &&
    URL.canParse(text) &&
    new URL(text).port !== "0" &&
    isHost(new URL(text).hostname)
  );
}

/** An http or https URL without credentials, query or fragment; `example` is shown to whoever writes another one. */
export const httpUrlSuchAs = (example: string) =>
  parsed(
    (text) => (isHttpUrl(text) ? text : undefined),
    `not an http(s) URL. Write scheme, host and path such as ${example}, without credentials or query`,
    "URL",
    /^https?:\/\/[^\s@?#]+$/,
  );

export const httpUrl = httpUrlSuchAs("http://prometheus:9090/api/v1/write");

/** An image that is pinned: by digest, or by a tag that names one version. */
export const image = z
  .string()
  .transform((text, context): ImageReference => {
    const value = parseImage(text);
    if (typeof value !== "string") return value;
    context.issues.push({
      code: "custom",
      input: text,
      message:
        value === "floating"
          ? "a floating reference: what it names can change. Write a full version such as grafana/tempo:2.10.1, or a digest"
          : "not an image reference. Write [registry/]repository:version such as grafana/tempo:2.10.1",
    });
    return z.NEVER;
  })
  .meta({ label: "image reference", pattern: "^[^\\s:]+(:\\d+/[^\\s:]+)?[:@]\\S+$" });

/** A chart version: an exact one, because a range would change what is deployed without a commit. */
export const exactVersion = parsed(
  (text) =>
    /^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/.test(text) ? text : undefined,
  "not an exact version. Write three numbers such as 2.2.4, no range",
  "exact version",
  /^\d+\.\d+\.\d+/,
);

/** Where a Helm chart comes from. */
export type ChartSource =
  | { readonly kind: "repository"; readonly url: string }
  | { readonly kind: "oci"; readonly reference: string }
  | { readonly kind: "path"; readonly path: string };

export const chartSource = parsed<ChartSource>(
  (text) => {
    if (/^oci:\/\/[^/\s]+\/\S+$/.test(text)) return { kind: "oci", reference: text };
    if (/^https?:\/\//.test(text)) return URL.canParse(text) ? { kind: "repository", url: text } : undefined;
    return /^(?:\.{1,2}\/|\/|~\/)/.test(text) && text.trim() === text ? { kind: "path", path: text } : undefined;
  },
  "no chart source. Write a repository's https:// URL, an oci:// reference, or a path that begins with ./, ../, ~/ or /",
  "URL, OCI reference or path",
  /^(https?:\/\/|oci:\/\/|\.{1,2}\/|\/|~\/)/,
).refine(
  (source) =>
    source.kind === "path" ||
    (source.kind === "repository"
      ? isHttpUrl(source.url)
      : /^oci:\/\/[\w.-]+(?::\d+)?(?:\/[\w.-]+)+$/.test(source.reference)),
  {
    error:
      "a chart source with credentials, a query, a version or a space in it. Write it without; the version is chartVersion",
  },
);

/** True or false; the CLI hands top-level values over as text. */
export const boolean = z
  .unknown()
  .transform((input, context): boolean => {
    if (input === true || input === "true") return true;
    if (input === false || input === "false") return false;
    context.issues.push({ code: "custom", input, message: "neither true nor false. Write one of them" });
    return z.NEVER;
  })
  .meta({ label: "boolean", enum: [true, false, "true", "false"] });

/** A whole number from `min` to `max`; the CLI hands top-level values over as text. */
export function integer(min: number, max: number, unit: string) {
  return z
    .unknown()
    .transform((input, context): number => {
      const value = typeof input === "string" && /^-?\d+$/.test(input) ? Number(input) : input;
      if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
      context.issues.push({
        code: "custom",
        input,
        message: `not a whole number from ${min} to ${max}. Write the number of ${unit}`,
      });
      return z.NEVER;
    })
    .meta({
      label: `${min} to ${max} ${unit}`,
      type: ["integer", "string"],
      minimum: min,
      maximum: max,
      pattern: "^\\d+$",
    });
}

/** A map of texts, each of whose entries is told of on its own where it is wrong. */
function textMap(
  accepts: (key: string, value: string) => boolean,
  rule: string,
  noText = "not a text. Write a string",
  label = "map of texts",
): z.ZodType<Record<string, string>, Record<string, unknown>> {
  return z
    .record(z.string(), z.unknown())
    .transform((map, context) => {
      for (const [key, value] of Object.entries(map)) {
        if (typeof value === "string" && accepts(key, value)) continue;
        const message = typeof value === "string" ? rule : noText;
        context.issues.push({ code: "custom", input: value, path: [key], message });
      }
      return map as Record<string, string>;
    })
    .meta({ label });
}

/** A map whose keys and values follow the rules of one kind of label. */
function labelMap(isKey: (text: string) => boolean, isValue: (text: string) => boolean, rule: string) {
  return textMap((key, value) => isKey(key) && isValue(value), rule, undefined, "map of labels");
}

export const kubernetesLabels = labelMap(
  isLabelKey,
  isLabelValue,
  "not a Kubernetes label. Write key and value of at most 63 letters, digits, '-', '_' and '.' each",
);

export const prometheusLabels = labelMap(
  isPrometheusLabel,
  (value) => value !== "",
  "not a Prometheus label. Write a name of letters, digits and '_' (not beginning with __) and a value that is not empty",
);

/** A kubeconfig context's name. */
export const contextName = parsed(
  (text) => (text !== "" && text.trim() === text ? text : undefined),
  "no context's name. Write it as kubectl config get-contexts shows it, without spaces around it",
  "text",
);

/** A kubeconfig's path; its contents would be a secret in plain text, and no shell expands variables here. */
export const kubeconfigPath = parsed(
  (text) => (/^[^\n$]+$/.test(text) && text.trim() === text && text !== "~" ? text : undefined),
  "not a kubeconfig's path. Write a path without variables, such as ~/.kube/config",
  "path",
  /^[^\n$]+$/,
);

/** A list of which no two entries are the same to `same`. */
export function distinct<T extends z.ZodType<string>>(item: T, advice: string, same = (text: string) => text) {
  return z.array(item).refine((entries) => new Set(entries.map(same)).size === entries.length, {
    error: `names the same twice. Write each ${advice} once`,
  });
}

/** A glob over kubeconfig contexts: `*` stands for any characters. */
export const contextPattern = parsed(
  (text) => (text.trim() === text && text !== "" && !/^\*+$/.test(text) ? text : undefined),
  "names no context. Write a context's name or a pattern such as kind-*; '*' alone would allow every cluster",
  "pattern",
);

/**
 * Attributes that have a value per request, user or peer. 160 requests over different paths made 1,614 series where one
 * of them was a dimension.
 */
const UNBOUNDED =
  /^(?:http[._](?:target|url|client_ip)|url[._](?:path|full|query|fragment|original)|(?:client|source|network[._]peer|net[._]peer|net[._]sock[._]peer)[._].*|db[._](?:statement|query[._].*)|(?:.*[._])?(?:id|uid|uuid)|user_agent[._]original|http[._]user_agent|exception[._].*)$/;
/** Labels that Prometheus and Tempo write themselves. */
const RESERVED = /^(?:__.*|le|quantile|traceID|service|span_name|span_kind|status_code|job|instance)$/;

/** An OpenTelemetry attribute's name with few values, such as `http.request.method`. */
export const dimension = parsed(
  (text) => (/^[A-Za-z_][\w.-]*$/.test(text) ? text : undefined),
  "not an attribute's name. Write an OpenTelemetry attribute such as http.request.method",
  "attribute",
  /^[A-Za-z_][\w.-]*$/,
)
  .refine((name) => !RESERVED.test(name), {
    error: "a label that is written in any case. Write another attribute, or none",
  })
  .refine((name) => !UNBOUNDED.test(name), {
    error:
      "an attribute without bounds: it would make a series for each of its values. Write one with few, such as http.route",
  });

/** A pattern of URL paths, such as `/api/events/{id}`. */
export const routePattern = parsed(
  (text) => (isRoutePattern(text) ? text : undefined),
  "not a pattern of paths. Write a path such as /api/events/{id} or /static/*, without query and without / at its end",
  "pattern of paths",
  /^\//,
);

/** Kinds of PEM blocks that are a certificate. */
const CERTIFICATES = /^(?:-----BEGIN CERTIFICATE-----\s[\w+/=\s]+-----END CERTIFICATE-----\s*)+$/;

function blocksOf(text: string): string[] {
  return text.split(/(?<=-----END CERTIFICATE-----)\s*/).filter((block) => block !== "");
}

/** Alloy looks at it only when it connects. */
function isCertificate(block: string): boolean {
  try {
    return new X509Certificate(block).raw.length > 0;
  } catch {
    return false;
  }
}

/** One or more certificates in PEM. */
export const certificate = parsed(
  (text) => (CERTIFICATES.test(text) && blocksOf(text).every(isCertificate) ? `${text.trim()}\n` : undefined),
  "no certificate in PEM. Write its text, from -----BEGIN CERTIFICATE----- on; a private key has no place here",
  "PEM",
  /-----BEGIN CERTIFICATE-----/,
);

/** A folder of a node. Those of the system itself would be mixed with what is written there. */
export const hostPath = parsed(
  (text) =>
    /^(?:\/[\w.-]+){2,}$/.test(text) && !/\/\.{1,2}(?:\/|$)/.test(text) && !/^\/(?:proc|sys|dev|run|etc)\//.test(text)
      ? text
      : undefined,
  "not a folder of its own on the node. Write an absolute path such as /var/lib/tempo-collector",
  "path",
  /^(\/[\w.-]+){2,}$/,
);

/** The value of a label, such as a cluster's name. */
export const label = parsed(
  (text) => (text !== "" && isLabelValue(text) ? text : undefined),
  "not a name for a label. Write at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit",
  "label value",
  /^[A-Za-z0-9]/,
);

/** The name that an HTTP server has in Caddy's configuration; it is part of a path of the admin API. */
export const caddyServer = parsed(
  (text) => (/^[\w.-]+$/.test(text) ? text : undefined),
  "not the name of an HTTP server of Caddy. Write it as the admin API shows it under apps.http.servers, such as srv0",
  "text",
  /^[\w.-]+$/,
);

/** A secret: never printed, therefore never checked beyond being there. */
export const secretText = z.string().min(1).meta({ secret: true, label: "secret" });

/** A password or token as a file holds it: Prometheus takes the spaces around it away. */
export const remoteWriteCredential = secretText.refine((text) => text.trim() === text && !/[\r\n]/.test(text), {
  error: "not a credential. Write the password or token alone, without spaces or a line break around it",
});

/**
 * A service account's token, or `user:password`. A token goes into an HTTP header as it is, and what Node cannot put
 * there it quotes in its error.
 */
export const grafanaAuth = secretText.refine(
  (text) => (text.includes(":") ? /^[^\r\n]+$/ : /^[\x21-\x7e]+$/).test(text),
  { error: "not a credential. Write a service account's token or user:password, without a line break at its end" },
);

/** Uids that stand for something of Grafana's own where a data source is named. */
const BUILT_IN = new Set(["grafana", "__expr__", "-100"]);

/** A uid of a data source. Source: Grafana's `util.ValidateUID`. */
export const grafanaUid = parsed(
  (text) => (/^[\w-]{1,40}$/.test(text) ? text : undefined),
  "not a uid. Write a text of at most 40 letters, digits, '-' and '_'",
  "uid",
  /^[\w-]{1,40}$/,
).refine((uid) => !BUILT_IN.has(uid), {
  error: "the uid of something of Grafana's own. Write that of a data source",
});

/** What uids begin with: 40 characters hold the longest of the names after it. By itself it is the folder's. */
export const uidPrefix = parsed(
  (text) => (/^[A-Za-z0-9][\w-]{0,15}$/.test(text) ? text : undefined),
  "not the beginning of a uid. Write at most 16 letters, digits, '-' and '_', beginning with a letter or digit",
  "text",
  /^[A-Za-z0-9][\w-]{0,15}$/,
).refine((uid) => !["general", "sharedwithme"].includes(uid.toLowerCase()), {
  error: "the uid of a folder of Grafana's own. Write another one, such as tempo",
});

/** As long as the titles of dashboards may be in Grafana's database; those of other things are longer by one. */
const LONGEST_TITLE = 189;

/** A name that people read. It stands in queries and in the templates of alert messages, where {{ begins a variable. */
export const title = parsed(
  (text) => (text !== "" && text.trim() === text && !/[\p{Cc}"\\]|\{\{/u.test(text) ? text : undefined),
  "not a name. Write one line without quotes, backslashes and double braces, and without spaces around it",
  "text",
).refine((text) => text.length <= LONGEST_TITLE, {
  error: `longer than ${LONGEST_TITLE} characters, which Grafana has no room for. Write a shorter name`,
});

/** A share, above 0 and at most 1. As a text, too: `pulumi config set --path` makes no number of 0.05. */
export const ratio = z
  .unknown()
  .transform((input, context): number => {
    const value = typeof input === "string" && /^\d*\.?\d+$/.test(input) ? Number(input) : input;
    if (typeof value === "number" && value > 0 && value <= 1) return value;
    const message = "not a share. Write a number above 0 and at most 1, such as 0.05 for 5 %";
    context.issues.push({ code: "custom", input, message });
    return z.NEVER;
  })
  .meta({
    label: "share, 0 to 1",
    type: ["number", "string"],
    exclusiveMinimum: 0,
    maximum: 1,
    pattern: "^\\d*\\.?\\d+$",
  });

/** Settings as another program defines them. */
export const jsonObject = z
  .record(z.string(), z.json(), {
    error: "not a section. Write the settings as Grafana names them, such as maxLines: 1000",
  })
  .meta({ label: "map" });

/** HTTP headers; their values may be secrets and are never shown. */
export const httpHeaders = textMap(
  (name, value) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[^\r\n]+$/.test(value),
  "not an HTTP header. Write a name of letters, digits and '-', and a value of one line",
  "not a text. Write the header's value in quotes",
  "map of secrets",
);

/**
 * HTTP headers of a remote write, whose values are secrets. A name is the key of a Secret as well; a value is what Go
 * sends in a header.
 */
export const remoteWriteHeaders = textMap(
  (name, value) => /^[A-Za-z0-9][\w.-]*$/.test(name) && /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/.test(value),
  "not an HTTP header. Write a name of letters, digits and '-', and a value of one line of ASCII without spaces around it",
  "not a text. Write the header's value in quotes",
  "map of secrets",
);

/** A tenant of Mimir, Loki or Cortex. Source: grafana/dskit, `tenant.ValidTenantID`. */
export const tenant = parsed(
  (text) => (/^[\w!.*'()-]{1,150}$/.test(text) && !/^\.{1,2}$/.test(text) ? text : undefined),
  "not a tenant. Write at most 150 letters, digits and !-_.*'()",
  "text",
);

/** The user of HTTP basic authentication, in which a colon ends the name. */
export const userName = parsed(
  (text) => (/^[^\p{Cc}:]+$/u.test(text) && text.trim() === text ? text : undefined),
  "not a user's name. Write one line without a colon",
  "text",
);

/** A key of a Kubernetes Secret. */
export const secretKey = parsed(
  (text) => (/^[\w.-]{1,253}$/.test(text) && !/^\.{1,2}$/.test(text) ? text : undefined),
  "not the key of a Secret. Write letters, digits, '-', '_' and '.'",
  "text",
  /^[\w.-]{1,253}$/,
);

/** Kubernetes annotations: a key as of a label, any text as its value. */
export const annotations = textMap(
  (key) => isLabelKey(key.toLowerCase()),
  "not an annotation. Write a key such as example.com/name, of at most 63 letters, digits, '-', '_' and '.' after the slash",
  "not a text. Write the value in quotes",
);

/** An origin as a browser writes it into its requests: without a path, and without a port that is the scheme's own. */
function isOrigin(text: string): boolean {
  if (text === "*") return true;
  const [, scheme, host = "", port] = /^(https?):\/\/([^/:?#@]+|\[[\da-f:]+\])(?::(\d{1,5}|\*))?$/.exec(text) ?? [];
  if (scheme === undefined || (text.match(/\*/g) ?? []).length > 1) return false;
  const ownPort = scheme === "https" ? "443" : "80";
  if (port === ownPort || (port !== undefined && port !== "*" && (Number(port) < 1 || Number(port) > 65_535)))
    return false;
  return isHost(host.replace("*.", "a.").replace("*", "a"));
}

export const origin = parsed(
  (text) => (isOrigin(text) ? text : undefined),
  "no origin as a browser sends it. Write scheme, host and port such as https://app.example.com, in small letters, without a path and " +
    "without the port 443 or 80; one * in it stands for any text",
  "origin",
  /^(\*|https?:\/\/[^/]+)$/,
);

/** The name of an HTTP header that a page may send. */
export const headerName = parsed(
  (text) => (/^(?:\*|[\w-]+)$/.test(text) ? text : undefined),
  "not the name of an HTTP header. Write letters, digits and '-', or * for any",
  "header name",
  /^(\*|[\w-]+)$/,
);

/** A part of an SELinux context. */
export const seLinuxPart = parsed(
  (text) => (/^[\w.:,-]+$/.test(text) ? text : undefined),
  "not a part of an SELinux context. Write such as container_t, or s0:c123,c456 for a level",
  "text",
  /^[\w.:,-]+$/,
);

/** An organisation of Grafana, by its number. */
export const organisation = z
  .unknown()
  .transform((input, context): number => {
    const value = typeof input === "string" && /^\d+$/.test(input) ? Number(input) : input;
    if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 2 ** 31 - 1) return value;
    const message = "not the number of an organisation. Write it as Grafana shows it under Administration, such as 2";
    context.issues.push({ code: "custom", input, message });
    return z.NEVER;
  })
  .meta({ label: "number", type: ["integer", "string"], minimum: 1, pattern: "^\\d+$" });

/** Span attributes by name, and the label that stands for each. `/` is in those that are made of Kubernetes labels. */
export const attributeLabels = textMap(
  (attribute, label) => /^[A-Za-z_][\w./-]*$/.test(attribute) && isPrometheusLabel(label),
  "not an attribute with its label. Write an OpenTelemetry attribute and a label of letters, digits and '_'",
).refine((labels) => Object.keys(labels).length > 0, {
  error:
    "empty, so that a link from a span could not say whose logs it means. Write at least one attribute with its label",
});
