/** API servers, proxies and certificates that kubectl and this program are let loose on, and what of it arrives. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer as createHttp, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { Authority, type Pair } from "./certificates";
import { startHttpProxy, startSocksProxy, type TestProxy } from "../../../stack/support/proxies";

/** A request as an API server saw it, as far as a kubeconfig decides it. */
export interface Seen {
  readonly server: string;
  readonly path: string;
  readonly host: string | undefined;
  readonly authorization: string | undefined;
  /** Sorted, `name: value`. */
  readonly impersonation: readonly string[];
  /** The common name of the client's certificate. */
  readonly client: string | undefined;
}

export interface World {
  readonly folder: string;
  readonly authority: Pair;
  readonly intermediate: Pair;
  readonly stranger: Pair;
  readonly client: Pair;
  /** Ports by name; `decoy` is where no request may ever arrive. */
  readonly ports: Readonly<Record<"secure" | "plain" | "decoy", number>>;
  readonly proxies: Readonly<Record<"http" | "https" | "socks5", TestProxy>>;
  /** The path of a program that gives a credential. */
  readonly plugin: string;
  /** What arrived since it was asked for the last time, without the end of the path that is given. */
  take(marker: string): { readonly seen: readonly Seen[]; readonly proxied: readonly string[] };
  stop(): Promise<void>;
}

/** A plugin as a shell script: it notes that it ran, and with what it was told; its arguments are what it answers. */
const PLUGIN = `#!/bin/sh
echo run >>"$NOTES/runs"
printf '%s' "$KUBERNETES_EXEC_INFO" >"$NOTES/info"
printf '%s' "$EXTRA" >"$NOTES/extra"
cat "$1"
`;

export async function startWorld(openssl: string, folder: string): Promise<World> {
  mkdirSync(folder, { recursive: true });
  const make = new Authority(openssl, folder);
  const authority = make.root("authority");
  const intermediate = make.signed("intermediate", authority);
  const names = "IP:127.0.0.1,DNS:localhost,DNS:api.example.test";
  const server = make.signed("server", intermediate, names);
  const proxy = make.signed("proxy", intermediate, `${names},DNS:proxy.example.test`);
  const client = make.signed("client", authority, "DNS:client");
  const stranger = make.root("stranger");
  const plugin = join(folder, "plugin");
  writeFileSync(plugin, PLUGIN);
  chmodSync(plugin, 0o755);

  const all: Seen[] = [];
  const answer =
    (name: string): RequestListener =>
    (request: IncomingMessage, response: ServerResponse) => {
      const { headers, socket } = request;
      const raw = request.rawHeaders;
      const pairs = raw.flatMap((key, index) =>
        index % 2 === 0 ? [[key.toLowerCase(), raw[index + 1] ?? ""] as const] : [],
      );
      const subject = name === "plain" ? undefined : (socket as TLSSocket).getPeerCertificate().subject;
      all.push({
        server: name,
        path: request.url ?? "",
        host: headers.host,
        authorization: headers.authorization,
        impersonation: pairs
          .filter(([key]) => key.startsWith("impersonate-"))
          .map((pair) => pair.join(": "))
          .sort(),
        client: subject?.CN as string | undefined,
      });
      response.writeHead(200, { "content-type": "application/json" }).end('{"kind":"APIVersions","versions":["v1"]}');
    };
  const chain = (pair: Pair) => ({ cert: `${pair.cert}${intermediate.cert}`, key: pair.keyText });
  const tls = { ...chain(server), requestCert: true, rejectUnauthorized: false, ca: authority.cert };
  const servers = {
    secure: createHttps(tls, answer("secure")),
    plain: createHttp(answer("plain")),
    decoy: createHttps(tls, answer("decoy")),
  };
  const ports = {
    secure: await listen(servers.secure),
    plain: await listen(servers.plain),
    decoy: await listen(servers.decoy),
  };
  const proxies = {
    http: await startHttpProxy(),
    https: await startHttpProxy({ tls: chain(proxy) }),
    socks5: await startSocksProxy(),
  };
  return {
    folder,
    authority,
    intermediate,
    stranger,
    client,
    ports,
    proxies,
    plugin,
    take(marker) {
      const seen = all.splice(0).map((each) => ({ ...each, path: each.path.slice(0, -marker.length) }));
      const proxied = Object.entries(proxies).flatMap(([name, { asked }]) =>
        asked.splice(0).map((what) => `${name} ${what.replace(marker, "")}`),
      );
      // An authority that only the system knows is looked up at the second attempt.
      return { seen, proxied: [...new Set(proxied)] };
    },
    async stop() {
      for (const each of Object.values(servers)) {
        each.closeAllConnections();
        each.close();
      }
      await Promise.all(Object.values(proxies).map((each) => each.stop()));
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return (server.address() as AddressInfo).port;
}
