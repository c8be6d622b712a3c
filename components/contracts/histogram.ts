/**
 * Upper bounds of the latency histograms that Tempo computes, in seconds, plus +Inf. Tempo's own end at 16 s (span
 * metrics) and 13 s (service graph), which a language model's answer exceeds: a percentile above the last bound is told
 * as that bound, and a threshold above it never fires. And those of its service graph begin at 100 ms, so that every
 * fast edge shows 95 ms.
 *
 * Each bound is a series for every combination of labels. So not each power of two from 2 ms on: the two histograms
 * together shall not make more series than Tempo's own bounds do (docs/performance/tempo.md).
 */
const powers = (...exponents: readonly number[]): readonly number[] => exponents.map((each) => 2 ** each / 500);

/**
 * Of span metrics: 4 ms, each twice the one before from 16 ms to 16 s, and three above, where few answers are and
 * thresholds in minutes lie.
 */
export const LATENCY_BUCKETS = powers(1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17);

/** Of the edges of the service graph, which have a histogram for each of their ends: each four times the one before. */
export const EDGE_LATENCY_BUCKETS = powers(1, 3, 5, 7, 9, 11, 13, 15, 17);
