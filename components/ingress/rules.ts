import { fullName } from "../contracts/endpoints";
import type { Finding, LooseSettings } from "../contracts/rules";

const SECTIONS = ["ingress", "httpRoute"] as const;
const PARTS = ["query", "otlp"] as const;

/** Rules on the names by which Tempo is reached beside the tailnet. */
export function ingress(settings: LooseSettings): Finding[] {
  return [
    ...tailscale(settings),
    ...parts(settings),
    ...hosts(settings),
    ...certificates(settings),
    ...admitted(settings),
  ];
}

function tailscale({ ingress: section }: LooseSettings): Finding[] {
  if (section?.className !== "tailscale") return [];
  const message = "the class of the Tailscale operator, whose Ingresses are the section tailnet. Write that section";
  return [{ key: "ingress.className", found: '"tailscale"', message }];
}

function parts(settings: LooseSettings): Finding[] {
  return SECTIONS.flatMap((key): Finding[] => {
    const section = settings[key];
    if (!section || PARTS.some((part) => !(part in section) || section[part])) return [];
    return [{ key, message: `names nothing to reach. Write ${key}.query or ${key}.otlp, or {} for none` }];
  });
}

/** A name leads to one place. */
function hosts(settings: LooseSettings): Finding[] {
  const { tailnet, caddy } = settings;
  const taken = new Map<string, string>();
  const { domain } = tailnet ?? {};
  if (domain !== undefined && tailnet) {
    for (const key of ["queryHostname", "otlpHostname", "otlpGrpcHostname"] as const) {
      const label = tailnet[key];
      if (label !== undefined) taken.set(fullName(label, { domain }), `tailnet.${key}`);
    }
  }
  if (caddy?.hostname !== undefined) taken.set(caddy.hostname, "caddy.hostname");
  return SECTIONS.flatMap((section) =>
    PARTS.flatMap((part): Finding[] => {
      const host = settings[section]?.[part]?.host;
      if (host === undefined) return [];
      const other = taken.get(host);
      const key = `${section}.${part}.host`;
      // One controller may have both parts below one name, whose paths differ.
      if (other === undefined || other === `${section}.query.host`) {
        taken.set(host, key);
        return [];
      }
      const message = `the same as ${other}, which leads elsewhere. Write another name`;
      return [{ key, found: JSON.stringify(host), message }];
    }),
  );
}

/** A controller serves one certificate for a name. */
function certificates({ ingress: section }: LooseSettings): Finding[] {
  const { query, otlp } = section ?? {};
  if (query?.host === undefined || query.host !== otlp?.host || query.tlsSecret === otlp.tlsSecret) return [];
  const message =
    `not that of ingress.query, ${JSON.stringify(query.tlsSecret ?? "none")}, for the same host, which has one ` +
    "certificate. Write the same in both";
  return [{ key: "ingress.otlp.tlsSecret", found: JSON.stringify(otlp.tlsSecret ?? "none"), message }];
}

/** The controller's pods pass on what they get, so a NetworkPolicy has to let them in. */
function admitted({ networkPolicy, ingress: section, httpRoute }: LooseSettings): Finding[] {
  if (!networkPolicy) return [];
  return PARTS.flatMap((part): Finding[] => {
    const by = section?.[part] ? "ingress" : httpRoute?.[part] ? "httpRoute" : undefined;
    const peers = networkPolicy[part];
    if (by === undefined || peers === undefined || peers.length > 0) return [];
    const message = `empty, so that the controller of ${by}.${part} is not let in. Write the namespace of its pods`;
    return [{ key: `networkPolicy.${part}`, found: "[]", message }];
  });
}
