import type { Probe } from "./variants";

/**
 * When kubelet learns that a container is ready: at the first probe after it is.
 * @param ready seconds after the container's start
 */
export function probedReady(ready: number, { initialDelay, period }: Probe): number {
  return initialDelay + Math.max(0, Math.ceil((ready - initialDelay) / period)) * period;
}
