import { bounded, ingressTls, noFunnel, pinned, protectedVolume, unprivileged, verifiedTls } from "./kubernetes";
import { knownMetrics } from "./metrics";
import { noPlainSecret } from "./secrets";
import { capped } from "./tempo";
import type { Policy } from "./types";

/** All policies, in the order in which they are shown. */
export const policies: readonly Policy[] = [
  noFunnel,
  ingressTls,
  verifiedTls,
  noPlainSecret,
  unprivileged,
  pinned,
  bounded,
  protectedVolume,
  capped,
  knownMetrics,
];
