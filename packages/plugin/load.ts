import type { Builder } from "./contract";

/** Without the program's types: contract.ts says why. */
// oxlint-disable-next-line typescript/no-require-imports
export const load = (): Builder => require("./build") as Builder;
