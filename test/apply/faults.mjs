// Preloaded into a program under test: at the Nth operation that changes the disk the process is killed, or the operation fails.
// FAULT_AT=N, FAULT=kill | half (a write that gets through in part, then the kill) | ENOSPC (from then on, every operation that needs space). Without FAULT_AT it only counts.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const at = Number(process.env.FAULT_AT ?? 0);
const kind = process.env.FAULT;
let count = 0;
const names = [];
const die = () => process.kill(process.pid, "SIGKILL");
const wait = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000);

for (const name of ["openSync", "writeSync", "fsyncSync", "closeSync", "renameSync", "rmSync", "rmdirSync", "mkdirSync", "chmodSync", "chownSync", "unlinkSync", "writeFileSync"]) {
  const real = fs[name];
  fs[name] = (...args) => {
    const needsSpace = ["writeSync", "mkdirSync", "writeFileSync"].includes(name) || (name === "openSync" && String(args[1]).includes("w"));
    count++;
    names.push(name);
    if (kind === "ENOSPC" && needsSpace && at > 0 && count >= at) throw Object.assign(new Error(`ENOSPC: no space left on device, ${name}`), { code: "ENOSPC" });
    if ((kind === "kill" || kind === "half") && count === at) {
      if (kind === "half" && name === "writeSync") real(args[0], args[1].subarray(0, Math.ceil(args[1].length / 2)));
      die();
      wait();
    }
    return real(...args);
  };
}
syncBuiltinESMExports();
process.on("exit", () => process.stdout.write(`\n${JSON.stringify(names)}`));
