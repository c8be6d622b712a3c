import { blockBytesInAll } from "./tempo";

/** What the volume holds. */

/** Share of the claim, 0 to 1, that flushed blocks of every status and tenant hold. */
export function blocksOfClaim(claimBytes: number): string {
  return `(${blockBytesInAll}) / ${claimBytes}`;
}
