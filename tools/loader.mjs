// What `node --import` loads before the program: tsx, which strips types without checking them. The check belongs to
// `npm test`; at run time it costs more than everything else in a preview together (docs/decisions/fast-loader.md).
// A file of our own instead of `--import tsx`, because Node answers a missing package with a loader's stack trace.
try {
  await import("tsx");
} catch (error) {
  if (error?.code !== "ERR_MODULE_NOT_FOUND") throw error;
  console.error(
    "The dependencies of this project are not installed. Run `npm ci` (or `pulumi install`) in its folder first.",
  );
  process.exit(1);
}
