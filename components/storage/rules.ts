import { toBytes } from "../../lib/schema/quantity";
import { MIB } from "../../lib/schema/quantity";
import { LEAST_MESSAGE_MIB } from "../contracts/otlp";
import type { Finding, LooseSettings } from "../contracts/rules";
import { LEAST_GUARDED_VOLUME_MIB } from "./volume/leastVolume";

const MINUTE = 60_000;

export function storage({ storage: section, retention: kept, volume, receiver: taken }: LooseSettings): Finding[] {
  const { guard, adaptiveRetention, minRetention, shortenAtOnceTo } = section ?? {};
  const findings: Finding[] = [];
  if (adaptiveRetention === true && guard === false) {
    const message = "has no effect without the guard, which does it. Write storage.guard true, or false here";
    findings.push({ key: "storage.adaptiveRetention", found: "true", message });
  }
  if (minRetention && minRetention.ms < 60 * MINUTE) {
    const message = "shorter than an hour, in which a trace is not even moved to a block safely. Write at least 1h";
    findings.push({ key: "storage.minRetention", found: JSON.stringify(minRetention.text), message });
  }
  if (adaptiveRetention === true && minRetention && kept && minRetention.ms > kept.ms) {
    const message = `longer than retention = ${kept.text}, which could then never be shortened. Write less`;
    findings.push({ key: "storage.minRetention", found: JSON.stringify(minRetention.text), message });
  }
  if (shortenAtOnceTo && adaptiveRetention === false) {
    const message =
      "has no effect without storage.adaptiveRetention, which shortens retention. Write that, or leave this out";
    findings.push({ key: "storage.shortenAtOnceTo", found: JSON.stringify(shortenAtOnceTo.text), message });
  } else if (
    shortenAtOnceTo &&
    minRetention &&
    kept &&
    (shortenAtOnceTo.ms < minRetention.ms || shortenAtOnceTo.ms > kept.ms)
  ) {
    const message = `not from storage.minRetention = ${minRetention.text} to retention = ${kept.text}. Write what the preflight has named`;
    findings.push({ key: "storage.shortenAtOnceTo", found: JSON.stringify(shortenAtOnceTo.text), message });
  }
  // What may still arrive when senders are refused is a message as large as they may be.
  const messages = taken?.maxMessageSize ? Math.ceil(toBytes(taken.maxMessageSize) / MIB / LEAST_MESSAGE_MIB) : 1;
  const least = LEAST_GUARDED_VOLUME_MIB * messages;
  if (adaptiveRetention === true && volume?.size && toBytes(volume.size) < least * MIB) {
    const message = `too small to be kept below 95 %: what is being written takes a tenth of it. Write at least ${least}Mi, or storage.adaptiveRetention false`;
    findings.push({ key: "volume.size", found: JSON.stringify(volume.size.text), message });
  }
  return findings;
}
