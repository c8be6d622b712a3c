import { isMissing, type Targets } from "./lib/targets";

/** Takes credentials out of everything that is printed: a server may repeat what it was sent. */
export function redactor(targets: Targets): (text: string) => string {
  const secrets = secretsOf(targets);
  return (text) => secrets.reduce((safe, secret) => safe.replaceAll(secret, "[secret]"), text);
}

/** Each with the forms in which it travels, the longest first. */
function secretsOf({ query, otlp, prometheus, grafana }: Targets): readonly string[] {
  const ofUrls = [query, otlp, prometheus].flatMap((target) => {
    if (isMissing(target) || target.url.username === "") return [];
    const { username, password } = target.url;
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return [pair, base64(pair), password, decodeURIComponent(password)];
  });
  const ofGrafana = isMissing(grafana)
    ? []
    : [
        grafana.auth,
        base64(grafana.auth),
        ...grafana.auth.split(/:(.*)/s).slice(1, 2),
        ...Object.values(grafana.further.headers ?? {}),
      ];
  return [...new Set([...ofUrls, ...ofGrafana])]
    .filter((secret) => secret.length >= SHORTEST && secret !== "anonymous")
    .sort((a, b) => b.length - a.length);
}

/** Shorter ones would take pieces out of words; a password like that is no secret. */
const SHORTEST = 4;

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
