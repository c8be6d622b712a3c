import { ports } from "../../../components/contracts/ports";
import type { Commands } from "./commands";
import { oneLine, shownUrl, silenceOf, type Answer, type NoAnswer, type Silence } from "./http";
import type { Place } from "./targets";

/** What is wrong, as a person reads it. */
export interface Explanation {
  /** What was seen. */
  readonly what: string;
  /** Why that is, the likeliest first; sentences. */
  readonly causes: readonly string[];
  /** Commands that tell more, or the one that puts it right. */
  readonly more: readonly string[];
}

interface Kind {
  readonly lasting?: boolean;
  readonly unanswered?: boolean;
}

/** Something that stops a check. */
export class CheckFailure extends Error implements Explanation {
  override readonly name = "CheckFailure";
  readonly causes: readonly string[];
  readonly more: readonly string[];
  /** Another attempt would end the same way. */
  readonly lasting: boolean;
  /** Nobody has answered, or only a proxy for the one who should have. */
  readonly unanswered: boolean;

  constructor(
    readonly what: string,
    { causes = [], more = [], lasting = false, unanswered = false }: Partial<Explanation> & Kind = {},
  ) {
    super(what);
    [this.causes, this.more] = [causes, more];
    [this.lasting, this.unanswered] = [lasting, unanswered];
  }
}

/** Whom a request is for. */
export type Part = "query" | "otlp" | "otlpGrpc" | "prometheus" | "grafana";

export interface Party {
  readonly part: Part;
  readonly place: Place;
  readonly commands: Commands;
}

const NAMES: Readonly<Record<Part, string>> = {
  query: "Tempo's query API",
  otlp: "the OTLP receiver",
  otlpGrpc: "the OTLP receiver for gRPC",
  prometheus: "Prometheus",
  grafana: "Grafana",
};

/** What Tempo's port is for a part of it. */
const PORTS: Readonly<Partial<Record<Part, number>>> = {
  query: ports.http,
  otlp: ports.otlpHttp,
  otlpGrpc: ports.otlpGrpc,
};

/** A request that was not answered. */
export function silenceTrouble(
  { silence, message }: Pick<NoAnswer, "silence" | "message">,
  party: Party,
): CheckFailure {
  const { place, commands } = party;
  const { hostname, host, protocol } = place.url;
  const name = NAMES[party.part];
  const given = `${shownUrl(place.url)} (${place.from})`;
  const ofTempo = party.part in PORTS;
  const pod = ofTempo ? commands.kubectl("get pods,services,endpoints,ingresses") : [];
  const certificate = [
    `openssl s_client -connect ${portOf(place.url)} -servername ${hostname} </dev/null | openssl x509 -noout -issuer -subject -dates -ext subjectAltName`,
  ];
  const answers: Readonly<Record<Silence, () => CheckFailure>> = {
    dns: () =>
      new CheckFailure(`${hostname} is not known here (${message})`, {
        ...unknownName(party),
      }),
    refused: () =>
      new CheckFailure(`${host} refuses the connection: nothing listens there`, {
        causes: isLoopback(hostname)
          ? [
              `${given} is this machine, on which nothing listens there: a port-forward has ended or was never started, or the port is another one.`,
            ]
          : [
              `${upper(name)} is not running, listens on another port or address, or what is in front of it has lost it.`,
              ...(protocol === "http:" && isTailnet(hostname) ? ["A name on a tailnet is served on https only."] : []),
            ],
        more: isLoopback(hostname) && ofTempo ? commands.forward() : [...pod, ...commands.describePod()],
        unanswered: true,
      }),
    unreachable: () =>
      new CheckFailure(`${hostname} is not to be reached (${message})`, {
        causes: ["There is no way to that network from here: a VPN or tailnet that is down, a route that is missing."],
        more: isTailnet(hostname) ? ["tailscale status", `tailscale ping ${hostname}`] : [],
      }),
    reset: () =>
      new CheckFailure(`${host} ends the connection without an answer (${message})`, {
        causes: [
          ...(protocol === "https:"
            ? []
            : ["The port may want TLS: write https://, or it may speak something else than HTTP."]),
          `${upper(name)} may be starting or crashing.`,
        ],
        more: [...pod, ...(ofTempo ? commands.describePod() : [])],
        unanswered: true,
      }),
    timeout: () =>
      new CheckFailure(`${host} does not answer: ${message}`, {
        causes: [
          `The connection is dropped on the way (a firewall, a NetworkPolicy, a tailnet ACL), or ${name} hangs.`,
        ],
        more: [
          `curl -sSv --max-time 10 -o /dev/null ${shownUrl(place.url)}/`,
          ...pod,
          ...(isTailnet(hostname) ? [`tailscale ping ${hostname}`] : []),
        ],
        unanswered: true,
      }),
    authority: () =>
      new CheckFailure(`${host} has a certificate of an authority that is not known here (${message})`, {
        causes: [
          "A private authority, or a self-signed certificate. Name the file with the authority's certificate: NODE_EXTRA_CA_CERTS=/path/ca.pem npm run verify …",
          ...(isTailnet(hostname)
            ? ["A tailnet's own certificates are of a public authority: something else ends TLS here."]
            : []),
        ],
        more: certificate,
        lasting: true,
      }),
    name: () =>
      new CheckFailure(`${host} has a certificate for other names (${message})`, {
        causes: [
          `${hostname} is not among the names of the certificate: another server answers, or the URL should have the full name.`,
        ],
        more: certificate,
        lasting: true,
      }),
    expired: () =>
      new CheckFailure(`${host} has a certificate that is not valid now (${message})`, {
        causes: ["It has expired and was not renewed, or the clock of this machine is wrong."],
        more: [...certificate, "date -u"],
        lasting: true,
      }),
    "no-tls": () =>
      new CheckFailure(`${host} speaks no TLS`, {
        causes: [`The URL says https and the port is plain: write http://${host} in ${place.from}.`],
        lasting: true,
      }),
    tls: () =>
      new CheckFailure(`TLS with ${host} fails (${message})`, {
        causes: ["The two agree on no version or cipher, or the server has no certificate for this name."],
        more: certificate,
      }),
    "no-http": () =>
      new CheckFailure(`${host} speaks no ${party.part === "otlpGrpc" ? "gRPC" : "HTTP/1.1"}`, {
        causes: [
          wrongPort(
            party,
            party.part === "otlpGrpc"
              ? "It is a port of HTTP/1.1, such as Tempo's for OTLP over HTTP or a proxy that does not pass gRPC on."
              : "It is a port of gRPC, such as Tempo's 4317, or of something else.",
          ),
        ],
        more: pod,
        lasting: true,
      }),
    other: () => new CheckFailure(`${given}: ${message}`, { more: pod }),
  };
  return answers[silence]();
}

/** A name that DNS does not have. */
function unknownName({ part, place, commands }: Party): Pick<CheckFailure, "causes" | "more"> {
  const { hostname } = place.url;
  if (/\.svc(\.|$)|\.cluster\.local$/.test(hostname)) {
    return {
      causes: ["It is a name of the cluster's own DNS, known inside the cluster only. Forward the ports to here."],
      more: part === "prometheus" ? [] : commands.forward(),
    };
  }
  if (hostname.startsWith("[")) {
    return {
      causes: [`OpenTelemetry's SDK takes no address of IPv6: write a name in ${place.from}, such as localhost.`],
      more: [],
    };
  }
  if (isTailnet(hostname)) {
    return {
      causes: [
        "This machine is not on the tailnet, or does not use its DNS (MagicDNS).",
        "Or the Tailscale operator has not given the name: then its Ingress has no ADDRESS, or another one.",
      ],
      more: ["tailscale status", "tailscale dns status", ...commands.kubectl("get ingresses")],
    };
  }
  return {
    causes: [`The name in ${place.from} is misspelt, or DNS does not work here.`],
    more: [`nslookup ${hostname}`],
  };
}

/** What a port is that is not the one that is meant. @param found what it seems to be. */
function wrongPort({ part, place }: Party, found: string): string {
  const port = PORTS[part];
  const meant = port === undefined ? "" : ` ${upper(NAMES[part])} is on port ${port}.`;
  return `${found}${found.includes(`port ${port ?? ""}`) ? "" : meant} Look at ${place.from}.`;
}

/**
 * An answer that is none of the one that was asked.
 * @param found what answers there, where that is known
 */
export function answerTrouble(
  answer: Pick<Answer, "status" | "text"> & { readonly headers: Pick<Answer["headers"], "location"> },
  party: Party,
  found?: string,
) {
  const { status, text, headers } = answer;
  const { part, place, commands } = party;
  const said = oneLine(text);
  const what = `${shownUrl(place.url)} answers ${status}${said === "" ? "" : `: ${said}`}`;
  const ofTempo = part in PORTS;
  if (/no org id|X-Scope-OrgID/i.test(text)) return withoutTenant(what);
  if (/HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS/i.test(text)) {
    return new CheckFailure(what, { causes: [`The port wants TLS: write https:// in ${place.from}.`], lasting: true });
  }
  if (found !== undefined) return anotherServer(party, found, `it answers ${status}`);
  if (status >= 300 && status < 400) return redirected(withoutQuery(headers.location ?? "?"), party);
  if (status === 401 || status === 403) {
    return new CheckFailure(what, { ...refused(party, status), lasting: true });
  }
  if (status === 429) return rateLimited(text, party);
  if (status < 300) {
    return new CheckFailure(isPage(text) ? `${what}, which is a web page and no API` : what, {
      causes: [
        isPage(text)
          ? `A login page stands in front of ${NAMES[part]}, or the URL is another web server's: write one that answers without a browser's login in ${place.from}.`
          : wrongPort(party, `That is no answer of ${NAMES[part]}.`),
      ],
      lasting: true,
    });
  }
  if ([404, 405, 415, 501].includes(status)) {
    return new CheckFailure(what, {
      causes: [
        wrongPort(
          party,
          place.url.pathname === "/"
            ? "Another server answers here, or a path is missing after it."
            : `Another server answers here, or the path ${place.url.pathname} is wrong.`,
        ),
      ],
      more: ofTempo ? commands.kubectl("get services,ingresses") : [],
      lasting: true,
    });
  }
  if ([502, 503, 504].includes(status)) {
    return new CheckFailure(what, {
      causes: [
        ofTempo
          ? "Tempo is not ready, or what is in front of it does not reach it (no endpoint, a NetworkPolicy)."
          : `${upper(NAMES[part])} is not ready, or what is in front of it does not reach it.`,
      ],
      more: ofTempo ? [...commands.kubectl("get pods,endpoints"), ...commands.describePod()] : [],
      unanswered: true,
    });
  }
  if (status >= 500) {
    return new CheckFailure(what, {
      causes: [`${upper(NAMES[part])} fails; its log says why.`],
      more: ofTempo ? commands.tempoLog("level=(error|warn)") : [],
    });
  }
  return new CheckFailure(what, { causes: [`That is no answer of ${NAMES[part]}. Look at ${place.from}.`] });
}

function redirected(to: string, { part, place }: Party): CheckFailure {
  const { url, from } = place;
  const secure = url.protocol === "http:" && URL.canParse(to) ? new URL(to) : undefined;
  return new CheckFailure(`${shownUrl(url)} redirects to ${to}`, {
    causes: [
      secure?.protocol === "https:" && secure.hostname === url.hostname
        ? `${upper(NAMES[part])} is to be reached by https only: write https:// in ${from}. Redirects are not followed, for they would take credentials and spans elsewhere.`
        : `A login or another address stands in front of ${NAMES[part]}: write the URL that answers itself in ${from}.`,
    ],
    lasting: true,
  });
}

function isPage(text: string): boolean {
  return /<!doctype html|<html/i.test(text);
}

/** What answers is known, and not what is meant. @param seen how that showed. */
export function anotherServer(party: Party, found: string, seen: string): CheckFailure {
  return new CheckFailure(`${shownUrl(party.place.url)} is not ${NAMES[party.part]}: ${seen}`, {
    causes: [wrongPort(party, `This is ${found}.`)],
    more: party.part in PORTS ? party.commands.kubectl("get services,ingresses") : [],
    lasting: true,
  });
}

function withoutTenant(what: string): CheckFailure {
  return new CheckFailure(what, {
    causes: ["This Tempo has multi-tenancy on and wants to know the tenant: give --org-id TENANT."],
    lasting: true,
  });
}

function refused({ part, place }: Party, status: number): Pick<Explanation, "causes"> {
  if (part === "grafana") {
    return {
      causes: [
        status === 401
          ? "Grafana does not know the credential in $GRAFANA_AUTH: write a valid token of a service account, or user:password."
          : "The credential may not read data sources: give its service account the role Admin.",
      ],
    };
  }
  return {
    causes: [
      `Something in front of ${NAMES[part]} wants a credential: write it into the URL in ${place.from} (https://user:password@…), or take one without a login.`,
    ],
  };
}

/** What Tempo says when it refuses spans for their rate: "… (local: 1 bytes/s, global: 0 bytes/s, burst: 1 bytes)". */
const LIMITS = /local: (\d+) bytes(?:\/s)?.*?burst: (\d+) bytes/;

/** Tempo refuses spans, and senders are told to try again. */
export function rateLimited(said: string, { commands, place }: Party): CheckFailure {
  const [, rate, burst] = LIMITS.exec(said) ?? [];
  const doors = [...commands.guardPage(), ...commands.guardLog()];
  const what = `${shownUrl(place.url)} refuses spans for their rate: ${oneLine(said) || "429"}`;
  if (rate !== undefined && Number(rate) <= 1) {
    return new CheckFailure(what, {
      causes: [
        "The limit is 1 byte: the guard of the volume lets nothing in, since the volume is full or Tempo's WAL is broken (docs/runbooks/volume-full.md). Senders are to wait and try again.",
      ],
      more: doors,
    });
  }
  return new CheckFailure(what, {
    causes: [
      rate === undefined
        ? "Senders send more than the ingestion rate limit (limits.ingestionRate) allows."
        : `Senders send more than the limit of ${rate} bytes/s, burst ${burst ?? "?"} bytes (limits.ingestionRate, limits.ingestionBurst).`,
      "Or the guard has lowered it, as the volume is nearly full (docs/runbooks/volume-filling.md).",
    ],
    more: [...commands.counters("bytesIngress", "spansDiscarded"), ...doors],
  });
}

/** A gRPC call that failed. @param code of gRPC. */
export function grpcTrouble(code: number, details: string, party: Party): CheckFailure {
  const { place } = party;
  const what = `${shownUrl(place.url)} answers ${GRPC_CODES[code] ?? `code ${code}`}: ${oneLine(details)}`;
  if (/no org id/i.test(details)) return withoutTenant(what);
  switch (code) {
    case 7:
    case 16:
      return new CheckFailure(what, { ...refused(party, 401), lasting: true });
    case 8:
      return rateLimited(details, party);
    case 12:
      return new CheckFailure(what, {
        causes: [wrongPort(party, "A gRPC server without OTLP answers.")],
        lasting: true,
      });
    case 14: {
      const silence = silenceOf(details);
      if (silence !== "other") return silenceTrouble({ silence, message: shortDetails(details) }, party);
    }
  }
  return new CheckFailure(what, {
    causes: ["Tempo, or what is in front of it, fails; its log says why."],
    more: party.commands.tempoLog("level=(error|warn)"),
  });
}

const GRPC_CODES: Readonly<Record<number, string>> = {
  2: "UNKNOWN",
  3: "INVALID_ARGUMENT",
  4: "DEADLINE_EXCEEDED",
  5: "NOT_FOUND",
  7: "PERMISSION_DENIED",
  8: "RESOURCE_EXHAUSTED",
  12: "UNIMPLEMENTED",
  13: "INTERNAL",
  14: "UNAVAILABLE",
  16: "UNAUTHENTICATED",
};

/** Of gRPC's sentence the part that is no wrapping. */
function shortDetails(details: string): string {
  return oneLine(details.replace(/^.*Last error: (?:Error: )?/s, "").replace(/\.? Resolution note:.*$/s, ""));
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|127\.|\[::1\])/.test(hostname);
}

function isTailnet(hostname: string): boolean {
  return hostname.endsWith(".ts.net");
}

function portOf({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port || (protocol === "https:" ? "443" : "80")}`;
}

/** What a login page is told on the way is nobody's business. */
function withoutQuery(location: string): string {
  return oneLine(location.replace(/[?#].*$/s, "").replace(/:\/\/[^/@]*@/, "://"));
}

export function upper(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
