/** Where the folder of the node is in the container: the queue, and the WAL of the collector's own metrics. */
export const STORAGE_PATH = "/var/lib/alloy";
