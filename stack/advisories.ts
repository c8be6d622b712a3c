import type { ImageReference } from "../lib/schema/image";
import type { Settings } from "../components/contracts/settings";

/**
 * Known vulnerabilities of the images that are deployed, beside their pins (components/versions/pins.ts). Nothing is asked over a network:
 * whoever raises a pin brings this table up to date, and its date says how old it is.
 */

/** Day on which the sources below were read. */
export const ADVISORIES_AS_OF = "2026-11-30";

/** What is known of some versions of an image. */
export interface Advisory {
  /** Numbers by which others know it, or what was replaced where the image's makers name none. */
  readonly ids: readonly string[];
  /** What has it, in the words of its makers. */
  readonly what: string;
  /** Versions that have it: from the first of a pair up to, and without, the second. */
  readonly affected: readonly (readonly [from: string, fixed: string])[];
}

const GO_1_26_5 = ["CVE-2026-39822", "CVE-2026-27145", "CVE-2026-42504", "CVE-2026-42505", "CVE-2026-42507"];

/**
 * By the last part of an image's name, so that copies in other registries and images made from the same source are known
 * as well. Sources: Tempo's changelog at v2.9.5, v2.10.8 and v3.0.3 and its go.mod at each tag; Alloy's go.mod at v1.17.1 to
 * v1.18.1; BusyBox' repository and the CVEs' own entries.
 */
export const advisories: Readonly<Record<string, readonly Advisory[]>> = {
  tempo: [
    {
      ids: ["CVE-2026-28377"],
      what: "S3's encryption key (SSE-C) shown in plain text",
      affected: [["2.10.0", "2.10.3"]],
    },
    {
      ids: ["CVE-2026-25679"],
      what: "Go before 1.26.2",
      affected: [
        ["0.0.0", "2.9.2"],
        ["2.10.0", "2.10.5"],
      ],
    },
    {
      ids: ["thrift before 0.23.0", "golang.org/x/crypto before 0.52.0", "golang.org/x/net before 0.55.0"],
      what: "dependencies replaced for security, without numbers",
      affected: [
        ["0.0.0", "2.9.4"],
        ["2.10.0", "2.10.6"],
      ],
    },
    {
      ids: ["Go before 1.26.3"],
      what: "built anew for security, without numbers",
      affected: [
        ["0.0.0", "2.9.4"],
        ["2.10.0", "2.10.6"],
        ["3.0.0", "3.0.1"],
      ],
    },
    {
      ids: [...GO_1_26_5, "CVE-2026-46600", "CVE-2026-56852"],
      what: "Go before 1.26.5, golang.org/x/net, golang.org/x/text",
      affected: [
        ["0.0.0", "2.9.4"],
        ["2.10.0", "2.10.8"],
        ["3.0.0", "3.0.3"],
      ],
    },
    {
      ids: ["CVE-2026-41178", "GHSA-hrxh-6v49-42gf"],
      what: "OpenTelemetry for Go before 1.44.0, gRPC for Go before 1.82.1",
      affected: [
        ["0.0.0", "2.9.5"],
        ["2.10.0", "2.10.8"],
        ["3.0.0", "3.0.3"],
      ],
    },
  ],
  alloy: [
    {
      ids: [...GO_1_26_5, "CVE-2026-46600", "CVE-2026-41178"],
      what: "Go before 1.26.5, golang.org/x/net, OpenTelemetry for Go before 1.44.0",
      affected: [["0.0.0", "1.18.0"]],
    },
    {
      ids: ["CVE-2026-56852", "GHSA-hrxh-6v49-42gf"],
      what: "golang.org/x/text before 0.39.0, gRPC for Go before 1.82.1",
      affected: [["0.0.0", "1.18.1"]],
    },
  ],
  busybox: [
    {
      ids: ["CVE-2023-42363", "CVE-2023-42364", "CVE-2023-42365", "CVE-2023-42366"],
      what: "awk, by a crafted program; the guard's own is the only one that it runs",
      affected: [["0.0.0", "1.37.0"]],
    },
  ],
};

/** What is known of an image, and the next version of which nothing is. */
export interface Known {
  readonly advisories: readonly Advisory[];
  readonly free: string;
}

/** @returns undefined where nothing is known, or where the image does not tell its version. */
export function knownOf({ repository, tag }: Pick<ImageReference, "repository" | "tag">): Known | undefined {
  const table = advisories[repository.split("/").at(-1) ?? ""] ?? [];
  const version = /(?:^|[^\d.])(\d+\.\d+\.\d+)(?!\d)/.exec(tag ?? "")?.[1];
  const at = (each: string): readonly Advisory[] =>
    table.filter(({ affected }) => affected.some((range) => isWithin(each, range)));
  const found = version === undefined ? [] : at(version);
  if (version === undefined || found.length === 0) return undefined;
  let free = version;
  // A fix may be in a version that has something else.
  for (let open = found; open.length > 0; open = at(free)) free = fixesAt(free, open).reduce(later);
  return { advisories: found, free };
}

function fixesAt(version: string, open: readonly Advisory[]): string[] {
  return open.flatMap(({ affected }) => affected.filter((range) => isWithin(version, range)).map(([, fixed]) => fixed));
}

/** What a preview tells of the images of a stack that it runs. */
export function advisoryWarnings(settings: Pick<Settings, "image" | "storage" | "scrape" | "collector">): string[] {
  const { image, storage, scrape, collector } = settings;
  const images = [
    { key: "image", image },
    ...(storage.guard ? [{ key: "storage.image", image: storage.image }] : []),
    ...(scrape.method === "alloy" ? [{ key: "scrape.alloyImage", image: scrape.alloyImage }] : []),
    ...(collector ? [{ key: "collector.image", image: collector.image }] : []),
  ];
  return images.flatMap(({ key, image: each }) => {
    const known = knownOf(each);
    if (!known) return [];
    const list = known.advisories.map(({ ids, what }) => `${ids.join(", ")} (${what})`).join("; ");
    return [
      `${key} = ${each.text} has known vulnerabilities, as of ${ADVISORIES_AS_OF}: ${list}. ` +
        `Free of them: ${known.free}.`,
    ];
  });
}

function isWithin(version: string, [from, fixed]: readonly [string, string]): boolean {
  return compare(from, version) <= 0 && compare(version, fixed) < 0;
}

function later(one: string, other: string): string {
  return compare(one, other) < 0 ? other : one;
}

function compare(one: string, other: string): number {
  const [a, b] = [one, other].map((text) => text.split(".").map(Number));
  return [0, 1, 2].map((at) => (a?.[at] ?? 0) - (b?.[at] ?? 0)).find((difference) => difference !== 0) ?? 0;
}
