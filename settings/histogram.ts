/**
 * Upper bounds of the latency histograms that Tempo computes, in seconds: each twice the one before, from 2 ms to more
 * than four minutes, plus +Inf. Tempo's own end at 16 s (span metrics) and 13 s (service graph), which a language model's
 * answer exceeds: a percentile above the last bound is told as that bound, and a threshold above it never fires. And
 * those of its service graph begin at 100 ms, so that every fast edge shows 95 ms.
 */
export const LATENCY_BUCKETS: readonly number[] = Array.from({ length: 18 }, (_, index) => (2 * 2 ** index) / 1000);
