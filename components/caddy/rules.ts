import { fullName } from "../contracts/endpoints";
import type { Finding, LooseSettings } from "../contracts/rules";

type LooseCaddy = NonNullable<LooseSettings["caddy"]>;

/** Rules on the section of Caddy. */
export function caddy(settings: LooseSettings): Finding[] {
  const { caddy: section } = settings;
  if (!section) return [];
  return [...upstream(settings, section), ...hostname(settings, section), ...server(section)];
}

/** Where the route leads. */
function upstream(settings: LooseSettings, section: LooseCaddy): Finding[] {
  const { upstream: given, hostname: name } = section;
  if (given === undefined) {
    // A tailnet with an error of its own is not missing; an absent one is there, as undefined.
    if (!("tailnet" in settings) || settings.tailnet) return [];
    const message =
      "missing, and there is no tailnet whose name for queries it would be. " +
      "Write the URL by which Caddy reaches Tempo's query API";
    return [{ key: "caddy.upstream", message }];
  }
  const finding = (message: string): Finding[] => [{ key: "caddy.upstream", found: JSON.stringify(given), message }];
  const url = new URL(given);
  if (url.pathname !== "/") {
    return finding(`has a path, which Caddy's reverse_proxy does not take. Write ${url.origin}`);
  }
  if (url.hostname === name) {
    return finding(
      "the name that Caddy itself answers: it would ask itself. Write a URL that leads to Tempo past Caddy",
    );
  }
  const { query, otlp } = tailnetNames(settings);
  if (!otlp.includes(url.hostname)) return [];
  return finding(
    `a name for OTLP, which answers no query. Write ${query ? `https://${query}` : "the one for queries"}`,
  );
}

/** The name is Caddy's alone. */
function hostname(settings: LooseSettings, { hostname: name }: LooseCaddy): Finding[] {
  const { query, otlp } = tailnetNames(settings);
  if (name === undefined || ![query, ...otlp].includes(name)) return [];
  const message =
    "a name of Tempo's on the tailnet, which leads to a proxy of its own. Write a name whose DNS record points to Caddy";
  return [{ key: "caddy.hostname", found: JSON.stringify(name), message }];
}

function server({ server: name, adminUrl }: LooseCaddy): Finding[] {
  if (name === undefined || adminUrl !== undefined) return [];
  const message =
    `missing, and caddy.server = ${JSON.stringify(name)} has no effect without it. ` +
    "Write the URL of Caddy's admin API, or leave server out";
  return [{ key: "caddy.adminUrl", message }];
}

/** Tempo's names on the tailnet, as far as they are known. */
function tailnetNames({ tailnet }: LooseSettings): { query?: string; otlp: string[] } {
  const { domain, queryHostname, otlpHostname, otlpGrpcHostname } = tailnet ?? {};
  if (domain === undefined) return { otlp: [] };
  const names = (labels: (string | undefined)[]): string[] =>
    labels.flatMap((label) => (label === undefined ? [] : fullName(label, { domain })));
  const [query] = names([queryHostname]);
  return { ...(query !== undefined && { query }), otlp: names([otlpHostname, otlpGrpcHostname]) };
}
