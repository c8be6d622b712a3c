/** Where the volume is mounted, in every container of Tempo's pod. */
export const DATA_PATH = "/var/tempo";
