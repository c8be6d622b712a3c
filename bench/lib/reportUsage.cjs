// Writes, at the end of a process that is measured, what it took.
const { writeFileSync } = require("node:fs");

const file = process.env.BENCH_USAGE;
// A child of the measured process would overwrite it.
delete process.env.BENCH_USAGE;
process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  writeFileSync(file, JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1_000, memory: maxRSS / 1_024 }));
});
