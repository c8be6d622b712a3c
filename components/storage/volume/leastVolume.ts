/**
 * Smallest volume, in MiB, that the guard keeps from being full: on a smaller one what is being written takes a tenth of it.
 * Measured (docs/decisions/storage.md).
 */
export const LEAST_GUARDED_VOLUME_MIB = 256;
