import type { Finding, LooseSettings } from "../contracts/rules";

const MINUTE = 60_000;

export function scrape(settings: LooseSettings): Finding[] {
  const { method, interval } = settings.scrape ?? {};
  const findings: Finding[] = [];
  if (method === "alloy" && "prometheus" in settings && !settings.prometheus) {
    const message = "has nowhere to write to. Write prometheus.remoteWriteUrl, or another method";
    findings.push({ key: "scrape.method", found: '"alloy"', message });
  }
  if (interval && (interval.ms < 5_000 || interval.ms > MINUTE)) {
    const message = "not from 5s to 1m, which the dashboards take for granted. Write such as 30s";
    findings.push({ key: "scrape.interval", found: JSON.stringify(interval.text), message });
  }
  return findings;
}
