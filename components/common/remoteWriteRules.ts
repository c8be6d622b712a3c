import { INSTANCE_LABEL } from "../contracts/instance";
import { joinPath } from "../../lib/problems";
import type { RemoteWriteAccess } from "../contracts/settings";
import type { Finding, IsSecret, Loose, LooseSettings } from "../contracts/rules";

/** Rules on what is sent to Prometheus, and on by what it knows the sender. */
export function remoteWrite(settings: LooseSettings, isSecret: IsSecret): Finding[] {
  const { prometheus, collector } = settings;
  return [
    ...externalLabels(settings),
    ...(prometheus ? access("prometheus", [], prometheus, isSecret("prometheus")) : []),
    ...(collector?.remoteWrite
      ? access("collector", ["remoteWrite"], collector.remoteWrite, isSecret("collector"))
      : []),
    ...withoutEffect(settings),
  ];
}

/**
 * Labels of the series themselves, by which they are asked for. Tempo's registry sets the external labels after its own
 * (modules/generator/registry/util.go of 2.10.1): `service` among them makes all services one.
 */
const OWN_LABELS: ReadonlySet<string> = new Set([
  ...["service", "span_name", "span_kind", "status_code", "status_message", "client", "server", "connection_type"],
  ...["le", "quantile", "traceID", "job", "instance"],
]);

function externalLabels({ prometheus, metricsGenerator }: LooseSettings): Finding[] {
  const dimensions = new Map((metricsGenerator?.dimensions ?? []).map((name) => [name.replace(/\W/g, "_"), name]));
  return Object.entries(prometheus?.externalLabels ?? {}).flatMap(([name, value]): Finding[] => {
    const key = joinPath("prometheus", ["externalLabels", name]);
    const found = JSON.stringify(value);
    const dimension = dimensions.get(name);
    if (name === INSTANCE_LABEL) {
      const message = "written by this program, by which its series are told from those of other stacks. Leave it out";
      return [{ key, found, message }];
    }
    if (OWN_LABELS.has(name)) {
      const message = "a label of the series themselves, whose value it would replace everywhere. Write another name";
      return [{ key, found, message }];
    }
    if (dimension === undefined) return [];
    const message = `the label of metricsGenerator.dimensions ${dimension}, whose value it would replace. Write another name, or leave the dimension out`;
    return [{ key, found, message }];
  });
}

/** Headers that Prometheus' client sets itself, and refuses. Source: prometheus/common v0.67.5, `ReservedHeaders`. */
const RESERVED =
  /^(?:host|content-encoding|content-length|content-type|user-agent|connection|keep-alive|proxy-authenticate|proxy-authorization|www-authenticate|accept-encoding|x-prometheus-.*|x-amz-(?:date|security-token|content-sha256))$/i;

function access(
  section: "prometheus" | "collector",
  path: readonly string[],
  { headers = {}, auth }: Loose<RemoteWriteAccess>,
  isSecret: boolean,
): Finding[] {
  const at = (...more: string[]): string => joinPath(section, [...path, ...more]);
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const name of Object.keys(headers)) {
    const finding = (message: string) => findings.push({ key: at("headers", name), found: "[secret]", message });
    if (/^x-scope-orgid$/i.test(name)) finding(`the header of a tenant. Write ${at("tenant")}`);
    else if (/^authorization$/i.test(name)) finding(`the header of a credential. Write ${at("auth")}`);
    else if (RESERVED.test(name)) finding("a header that the sender writes itself. Leave it out");
    else if (seen.has(name.toLowerCase())) finding("the name of another one in other letters. Write each header once");
    seen.add(name.toLowerCase());
  }
  if (auth) {
    const { credential, secretName } = auth;
    if ("credential" in auth && "secretName" in auth && credential === undefined && secretName === undefined) {
      const message = `missing. Write the password or token with pulumi config set --path --secret ${at("auth", "credential")}, or the Secret that has it as ${at("auth", "secretName")}`;
      findings.push({ key: at("auth", "credential"), message });
    }
    if (credential !== undefined && secretName !== undefined) {
      const message = `given beside ${at("auth", "secretName")}. Write one of the two`;
      findings.push({ key: at("auth", "credential"), found: "[secret]", message });
    }
  }
  if (isSecret) return findings;
  const plain = [
    ...(auth?.credential === undefined ? [] : [["auth", "credential"]]),
    ...Object.keys(headers).map((name) => ["headers", name]),
  ].map((parts): Finding => {
    const key = at(...parts);
    const message = `a secret in plain text. Write it with: pulumi config set --path --secret '${key}'`;
    return { key, found: "[plain text]", message };
  });
  return [...findings, ...plain];
}

/** The engine says that a section holds a secret, not where: only these are kept as one. */
function isKept(section: Loose<RemoteWriteAccess>): boolean {
  const { headers, auth } = section;
  // What is wrong by itself is not there.
  if (headers === undefined || (auth && !("credential" in auth))) return true;
  return Object.keys(headers).length > 0 || auth?.credential !== undefined;
}

/** A secret section whose secret is none of its secret fields. */
export function strayRemoteWriteSecret({ prometheus, collector }: LooseSettings, isSecret: IsSecret): Finding[] {
  const sections = { prometheus, collector: collector?.remoteWrite && { ...collector.remoteWrite } };
  return (["prometheus", "collector"] as const).flatMap((key): Finding[] => {
    const section = sections[key];
    if (!isSecret(key) || !section || isKept(section)) return [];
    const path = key === "prometheus" ? key : "collector.remoteWrite";
    const message = `holds a secret that is neither in ${path}.headers nor ${path}.auth.credential; it would be written into manifests. Write it as one of them, or in plain text`;
    return [{ key, found: "[secret]", message }];
  });
}

function withoutEffect({ collector }: LooseSettings): Finding[] {
  if (!collector || !("remoteWriteUrl" in collector) || collector.remoteWriteUrl !== undefined) return [];
  const { tenant, auth, headers = {} } = collector.remoteWrite ?? {};
  if (tenant === undefined && !auth && Object.keys(headers).length === 0) return [];
  const message = "has no effect without a URL. Write collector.remoteWriteUrl, or leave it out";
  return [{ key: "collector.remoteWrite", message }];
}
