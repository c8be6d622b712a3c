import type { ImageReference } from "../../lib/schema/image";
import type { Line, TempoVersion } from "../contracts/tempoVersion";
import type { Settings } from "../contracts/settings";
import { tempo2 } from "../tempo/v2";

/** Every major version of Tempo that can be deployed, the oldest first. A further one is a folder and an entry here. */
export const TEMPO_VERSIONS: TempoVersion[] = [tempo2];

/** The version that the settings deploy, by the image: components/tempo/rules.ts refuses one of no known line. */
export function tempoVersionOf({ image }: Pick<Settings, "image">): TempoVersion {
  const [major] = releaseOf(image) ?? [];
  return TEMPO_VERSIONS.find((version) => version.major === major) ?? DEFAULT_TEMPO;
}

/** Of an image that does not tell its version, such as a digest alone; and of a Tempo that is known by its URL only. */
export const DEFAULT_TEMPO = tempo2;

/** Major and minor of an image that is called Tempo and tells them. */
export function releaseOf(image: ImageReference): readonly [major: number, minor: number] | undefined {
  return /(?:^|[-_.])tempo(?:$|[-_.])/.test(programOf(image)) ? versionIn(image.tag) : undefined;
}

/** The last part of the repository: a mirror's path is before it. */
export function programOf({ repository }: ImageReference): string {
  return repository.split("/").at(-1) ?? "";
}

/** Major and minor of the version in a tag such as `v2.10.3-8b1f89e-nix`; a tag without one says nothing. */
export function versionIn(tag = ""): readonly [major: number, minor: number] | undefined {
  const [, major, minor] = /(?:^|[^\d.])(\d+)\.(\d+)\.\d+(?![\d.])/.exec(tag) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}

/** Whether a release is of a line. */
export function isOf([major, minor]: readonly [number, number], { least }: Line): boolean {
  return major === least[0] && minor >= least[1];
}
