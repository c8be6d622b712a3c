import type { Agent, ClientRequest } from "node:http";
import type { RequestOptions } from "node:https";
import { BlockList, isIP } from "node:net";
import { checkServerIdentity, type ConnectionOptions, type PeerCertificate } from "node:tls";

/**
 * The proxy that the environment has for a URL, by the rules of programs in Go, kubectl and the providers' plugins among
 * them: what one of them reaches, the others must reach.
 *
 * `HTTPS_PROXY` is for https, `HTTP_PROXY` for http, each in lower case as well; without a scheme it is an http proxy.
 * `NO_PROXY` lists hosts with their subdomains, `.domain` and `*.domain` for subdomains alone, addresses, networks such
 * as `10.0.0.0/8`, each but the last with a port if wanted, or `*`. `localhost` and loopback addresses never have one.
 * Source: golang.org/x/net/http/httpproxy.
 * @returns undefined where the URL is reached directly, or the variable holds no URL
 */
export function proxyOf({ protocol, hostname, port }: URL, environment = process.env): URL | undefined {
  const read = (name: string): string => environment[name] || environment[name.toLowerCase()] || "";
  const isSecure = protocol === "https:";
  const variable = isSecure ? "HTTPS_PROXY" : "HTTP_PROXY";
  const text = read(variable);
  // Without its value, which may have a password in it. Go ignores the one, and looks for a proxy `http` with the other.
  if (text !== text.trim())
    throw new Error(`the variable ${variable} begins or ends with a space. Write the proxy's URL without it`);
  const proxy = parseProxy(text);
  const host = withoutBrackets(hostname);
  if (!proxy || host === "localhost" || LOOPBACK.check(host, familyOf(host))) return undefined;
  const to = { host, port: port || (isSecure ? "443" : "80") };
  return read("NO_PROXY")
    .split(",")
    .some((entry) => excludes(entry.trim().toLowerCase(), to))
    ? undefined
    : proxy;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8);
LOOPBACK.addAddress("::1", "ipv6");

function parseProxy(text: string): URL | undefined {
  if (text === "") return undefined;
  // `proxy.example:3128` is a URL with the scheme `proxy.example`, and has no host.
  const found = URL.canParse(text) && new URL(text).host !== "" ? text : `http://${text}`;
  return URL.canParse(found) ? new URL(found) : undefined;
}

function excludes(entry: string, { host, port }: { readonly host: string; readonly port: string }): boolean {
  if (entry === "*") return true;
  const [, network = "", bits] = /^([^/]+)\/(\d+)$/.exec(entry) ?? [];
  if (bits !== undefined && isIP(network)) return isAmong(host, network, Number(bits));
  const [, name = entry, only] = /^(\[.+\]|[^:]+):(\d*)$/.exec(entry) ?? [];
  if (only && only !== port) return false;
  const wanted = withoutBrackets(name);
  if (isIP(wanted)) return isAmong(host, wanted);
  if (wanted === "" || isIP(host)) return false;
  const domain = wanted.replace(/^\*?\./, ".");
  return domain.startsWith(".") ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

/** Whether a host is an address, or of its network. An address of IPv4 is the same where it is written as one of IPv6. */
function isAmong(host: string, address: string, bits?: number): boolean {
  const list = new BlockList();
  const family = familyOf(address);
  if (bits === undefined) list.addAddress(address, family);
  // A prefix that is too long excludes nothing, as in Go.
  else if (bits <= (family === "ipv6" ? 128 : 32)) list.addSubnet(address, bits, family);
  const isMapped = isIP(host) === 4 && family === "ipv6";
  return isIP(host) > 0 && (list.check(host, familyOf(host)) || (isMapped && list.check(`::ffff:${host}`, "ipv6")));
}

function familyOf(host: string): "ipv4" | "ipv6" {
  return isIP(host) === 6 ? "ipv6" : "ipv4";
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}

/** What a proxy is connected with: never the headers, which are the server's. */
const OF_CONNECTION = [
  "allowPartialTrustChain",
  "ca",
  "cert",
  "key",
  "rejectUnauthorized",
  "secureContext",
  "servername",
  "signal",
] as const;
type Connecting = Pick<ConnectionOptions & RequestOptions, (typeof OF_CONNECTION)[number]>;

/**
 * The way through a proxy; its packages are loaded only then.
 * @param options of the request; a proxy that speaks https is met with those of its connection, as by programs in Go
 * @throws Error for a proxy of another scheme than http, https and socks5
 */
export async function proxyAgent(proxy: URL, target: URL, options: Connecting): Promise<Agent> {
  const given = OF_CONNECTION.filter((name) => options[name] !== undefined);
  const connecting: Connecting = Object.fromEntries(given.map((name) => [name, options[name]]));
  const agent = await agentOf(proxy, target, connecting);
  const host = options.servername || withoutBrackets(target.hostname);
  // These go before those of a request. Without the check of its own, a server that has an address and no name would be
  // compared with "localhost".
  return Object.assign(agent, {
    options: {
      ...(agent as Agent & { readonly options: object }).options,
      ...(options.secureContext && { secureContext: options.secureContext }),
      checkServerIdentity: (_: string, certificate: PeerCertificate) => checkServerIdentity(host, certificate),
    },
  });
}

async function agentOf(proxy: URL, target: URL, options: Connecting): Promise<Agent> {
  switch (proxy.protocol) {
    case "socks5:":
    case "socks5h:": {
      const { SocksProxyAgent } = await import("socks-proxy-agent");
      // The package looks names up itself for `socks5`; Go leaves that to the proxy.
      return new SocksProxyAgent(proxy.href.replace(/^socks5h?:/, "socks5h:"));
    }
    case "http:":
    case "https:": {
      if (target.protocol === "http:") {
        const { HttpProxyAgent } = await import("http-proxy-agent");
        return new HttpProxyAgent(proxy, options);
      }
      const { HttpsProxyAgent } = await import("https-proxy-agent");
      const agent = new HttpsProxyAgent(proxy, options);
      // The package would hand the proxy's answer over as if it were the server's.
      agent.on("proxyConnect", ({ statusCode, statusText }, request: ClientRequest) => {
        if (statusCode !== 200)
          request.destroy(new Error(`the proxy ${proxy.host} answers ${statusCode} ${statusText}`));
      });
      return agent;
    }
    default:
      throw new Error(`the proxy ${proxy.protocol}//${proxy.host} is none of http, https and socks5`);
  }
}
