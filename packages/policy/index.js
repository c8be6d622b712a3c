// The engine starts a policy pack without the nodeargs of PulumiPolicy.yaml, so the types are stripped from here on.
require("../../tools/loader.cjs");
require("./pack.ts");
