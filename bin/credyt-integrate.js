#!/usr/bin/env node
import module from "node:module";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`credyt-integrate needs Node 20.19 or newer; this is ${process.versions.node}. Install a newer Node and run it again.\n`);
  process.exit(2);
}
// The compiler is large: from Node 22.8 on its compiled form is kept for the next run.
module.enableCompileCache?.();
await import("../dist/src/cli/main.js");
