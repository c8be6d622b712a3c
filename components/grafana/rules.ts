import { OWNER_LABEL } from "../../lib/kubernetes/owner";
import { LONGEST_UID, serviceKey } from "./alerts/uids";
import { firstIndexes } from "../../lib/firstIndexes";
import { LIST_KEYS, WRITTEN_KEYS } from "./dataSources/keys";
import { LATENCY_BUCKETS } from "../contracts/histogram";
import { joinPath } from "../../lib/problems";
import type { Finding, IsSecret, LooseSettings } from "../contracts/rules";

/** The data sources of the section, by their keys in it. */
const DATA_SOURCES = ["tempo", "loki", "prometheus"] as const;
type DataSourceKey = (typeof DATA_SOURCES)[number];

/** Rules on the section of Grafana. */
export function grafana(settings: LooseSettings, isSecret: IsSecret): Finding[] {
  const { grafana: section } = settings;
  if (!section) return [];
  return [
    ...(isSecret("grafana") ? grafanaSecret(section) : grafanaCredentials(section)),
    ...DATA_SOURCES.flatMap((key) => dataSource(key, section)),
    ...requestHeaders(section),
    ...oneName(section, "uid"),
    ...oneName(section, "name"),
    ...grafanaParts(settings, section),
    ...alertedServices(section),
    ...alertedLatencies(section),
  ];
}

type LooseGrafana = NonNullable<LooseSettings["grafana"]>;

/** The engine says that there is a secret in the section, not where. Only these are kept as one. */
function grafanaSecret(section: LooseGrafana): Finding[] {
  const headers = DATA_SOURCES.map((key) => section[key]).map((source) => source?.httpHeaders);
  const isKept = !("auth" in section) || section.auth !== undefined;
  headers.push(section.headers);
  if (isKept || headers.some((given) => given && Object.keys(given).length > 0)) return [];
  const message =
    "holds a secret that is neither auth nor in headers or httpHeaders; it would be sent and kept in plain text. Write it as one of them, or in plain text";
  return [{ key: "grafana", found: "[secret]", message }];
}

function grafanaCredentials(section: LooseGrafana): Finding[] {
  const plain = (path: readonly string[]): Finding => {
    const key = joinPath("grafana", path);
    const message = `a secret in plain text. Write it with: pulumi config set --path --secret '${key}'`;
    return { key, found: "[plain text]", message };
  };
  return [
    ...(section.auth === undefined ? [] : [plain(["auth"])]),
    ...Object.keys(section.headers ?? {})
      .filter(looksSecret)
      .map((name) => plain(["headers", name])),
    ...DATA_SOURCES.flatMap((source) =>
      Object.keys(section[source]?.httpHeaders ?? {})
        .filter(looksSecret)
        .map((name) => plain([source, "httpHeaders", name])),
    ),
  ];
}

/** Whether a header is a credential, by its name. */
function looksSecret(name: string): boolean {
  return /auth|token|key|secret|password|cookie/i.test(name);
}

/** Of every request to Grafana's API: what the sender writes itself, and a number that has a setting. */
function requestHeaders({ headers = {}, orgId, auth }: LooseGrafana): Finding[] {
  const findings = Object.keys(headers).flatMap((name): Finding[] => {
    const finding = (message: string): Finding[] => [
      { key: joinPath("grafana", ["headers", name]), found: "[secret]", message },
    ];
    if (/^authorization$/i.test(name)) return finding("the header of the credential. Write grafana.auth");
    if (/^x-grafana-org-id$/i.test(name)) return finding("the header of an organisation. Write grafana.orgId");
    return /^(?:host|content-(?:type|length|encoding)|accept|connection|user-agent)$/i.test(name)
      ? finding("a header that the sender writes itself. Leave it out")
      : [];
  });
  if (orgId === undefined || auth === undefined || auth.includes(":")) return findings;
  const message =
    "has no effect with a service account's token, which belongs to one organisation. Leave it out and write a token of that organisation, or user:password";
  return [...findings, { key: "grafana.orgId", found: String(orgId), message }];
}

/** What a data source is given that has no effect, or lacks, by who makes it. */
function dataSource(key: DataSourceKey, section: LooseGrafana): Finding[] {
  const { ownership, url, jsonData = {}, httpHeaders = {} } = section[key] ?? {};
  const at = (...path: string[]): string => joinPath("grafana", [key, ...path]);
  const findings: Finding[] = [];
  if (url === undefined && ownership === "create" && key !== "tempo") {
    const message =
      "missing, and ownership create makes the data source at it. Write the URL by which Grafana reaches it";
    findings.push({ key: at("url"), message });
  }
  // The file that Tempo is provisioned from has its whole entry from here.
  const usesUrl = ownership === "create" || (ownership === "provisioned" && key === "tempo");
  if (url !== undefined && ownership !== undefined && !usesUrl) {
    const message = `has no effect with ownership ${ownership}: the URL stays as it is. Leave it out`;
    findings.push({ key: at("url"), found: JSON.stringify(url), message });
  }
  if (ownership === "provisioned") {
    for (const [name, given] of Object.entries({ jsonData, httpHeaders })) {
      if (Object.keys(given).length === 0) continue;
      const message = "has no effect with ownership provisioned: nothing is sent. Leave it out";
      findings.push({ key: at(name), message });
    }
    return findings;
  }
  const written = writtenKeys(key, section);
  for (const [name, value] of Object.entries(jsonData)) {
    // What stands there is not shown: it may be anything.
    if (/^httpHeader(?:Name|Value)\d*$/.test(name)) {
      const message = `half of an HTTP header. Write name and value in ${at("httpHeaders")}`;
      findings.push({ key: at("jsonData", name), message });
    } else if (written.includes(name)) {
      findings.push({ key: at("jsonData", name), message: "written by this program. Leave it out" });
    } else if (LIST_KEYS[key] === name && !Array.isArray(value)) {
      const message = "not a list. Write the entries to keep besides the ones written here, or leave it out";
      findings.push({ key: at("jsonData", name), message });
    }
  }
  return findings;
}

/** Links to a data source that takes no part are not written, and those that somebody else made stay. */
function writtenKeys(key: DataSourceKey, { loki, prometheus }: LooseGrafana): readonly string[] {
  const unlinked = [...(loki ? [] : ["tracesToLogsV2"]), ...(prometheus ? [] : ["tracesToMetrics", "serviceMap"])];
  return [...WRITTEN_KEYS[key].filter((name) => !unlinked.includes(name)), OWNER_LABEL];
}

/** Grafana knows a data source by either. */
function oneName(section: LooseGrafana, part: "uid" | "name"): Finding[] {
  const seen = new Map<string, string>();
  return DATA_SOURCES.flatMap((key): Finding[] => {
    const value = section[key]?.[part];
    if (value === undefined) return [];
    const other = seen.get(value);
    seen.set(value, other ?? key);
    if (other === undefined) return [];
    const message = `the same as grafana.${other}.${part}. Write the one that this data source has`;
    return [{ key: `grafana.${key}.${part}`, found: JSON.stringify(value), message }];
  });
}

function grafanaParts(settings: LooseSettings, section: LooseGrafana): Finding[] {
  const findings: Finding[] = [];
  // An absent section is a parsed one; a wrong one is not there.
  if (section.prometheus && "prometheus" in settings && !settings.prometheus) {
    const message =
      "nothing computes the metrics that it would show. Write prometheus.remoteWriteUrl, or leave grafana.prometheus out";
    findings.push({ key: "grafana.prometheus", message });
  }
  if (section.alerts && "prometheus" in section && !section.prometheus) {
    const message = "nothing to ask: every rule queries Prometheus. Write grafana.prometheus, or leave the alerts out";
    findings.push({ key: "grafana.alerts", message });
  }
  return findings;
}

/** Every alert rule has a uid, made of the prefix and the service's name. */
function alertedServices({ alerts, uidPrefix }: LooseGrafana): Finding[] {
  const names = (alerts?.services ?? []).map(({ name }) => name);
  const firstNamed = firstIndexes(names, (name) => name);
  const firstWithUid = firstIndexes(names, serviceKey);
  return names.flatMap((name, index): Finding[] => {
    const finding = (message: string): Finding[] => [
      { key: `grafana.alerts.services[${index}].name`, found: JSON.stringify(name), message },
    ];
    const first = firstWithUid[index] ?? index;
    if (firstNamed[index] !== index) return finding("named above already. Write each service once");
    if (first < index) {
      return finding(
        `the same as ${JSON.stringify(names[first])} in the uid of an alert rule, which has small letters, digits and '-'. ` +
          "Write one of the two",
      );
    }
    const room = LONGEST_UID - `${uidPrefix ?? ""}--latency`.length;
    if (uidPrefix === undefined || serviceKey(name).length <= room) return [];
    return finding(
      `longer than the ${room} characters that the uid of an alert rule has for it. ` +
        "Write a shorter grafana.uidPrefix, or leave the service out",
    );
  });
}

/** A percentile above the histogram's last bound is told as that bound. */
function alertedLatencies({ alerts }: LooseGrafana): Finding[] {
  const last = Math.max(...LATENCY_BUCKETS);
  return (alerts?.services ?? []).flatMap(({ latency }, index): Finding[] => {
    if (latency.ms < last * 1000) return [];
    const message = `more than a histogram tells, which ends at ${Math.floor(last)}s: the rule would never fire. Write less`;
    return [{ key: `grafana.alerts.services[${index}].latency`, found: JSON.stringify(latency.text), message }];
  });
}
