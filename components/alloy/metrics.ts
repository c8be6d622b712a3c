import type { RemoteWriteAccess } from "../contracts/settings";
import { remoteWriteFiles, TENANT_HEADER } from "../common/remoteWrite";
import { block, component, map, ref, type Block, type Component } from "./syntax";

/** Prometheus' default timeout of a scrape, in ms. */
export const SCRAPE_TIMEOUT = 10_000;

/**
 * Where scraped metrics are written to. The WAL holds samples through an outage of Prometheus. No longer than an hour:
 * Prometheus refuses samples that are older than that beside its newest one, unless it is told to take them out of
 * order.
 */
export function remoteWrite(
  url: string,
  externalLabels: Readonly<Record<string, string>>,
  access: RemoteWriteAccess,
): Component[] {
  const names = Object.keys(externalLabels).sort();
  const labels = Object.fromEntries(names.map((name) => [name, externalLabels[name] ?? ""]));
  const { username, credential, headers } = remoteWriteFiles(access);
  const files = Object.entries(headers).map(([name, file], index) => ({
    name,
    content: ref("local.file", `header_${index + 1}`, "content"),
    component: component("local.file", `header_${index + 1}`, [
      ["filename", file],
      ["is_secret", true],
    ]),
  }));
  return [
    ...files.map((each) => each.component),
    component("prometheus.remote_write", "default", [
      ["external_labels", names.length > 0 ? map(labels) : undefined],
      block("endpoint", [
        ["url", url],
        ["headers", access.tenant === undefined ? undefined : map({ [TENANT_HEADER]: access.tenant })],
        [
          "http_headers",
          files.length > 0 ? map(Object.fromEntries(files.map(({ name, content }) => [name, [content]]))) : undefined,
        ],
        ...(credential === undefined ? [] : [authentication(username, credential)]),
      ]),
      block("wal", [
        ["truncate_frequency", "15m"],
        ["min_keepalive_time", "5m"],
        ["max_keepalive_time", "1h"],
      ]),
    ]),
  ];
}

function authentication(username: string | undefined, file: string): Block {
  if (username === undefined) return block("authorization", [["credentials_file", file]]);
  return block("basic_auth", [
    ["username", username],
    ["password_file", file],
  ]);
}
