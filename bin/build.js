// `npm run build`: compiles `dist/`, and removes from it what no source makes any more, so that a package never holds stale files.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const { status } = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", join(root, "tsconfig.build.json")], { cwd: root, stdio: "inherit" });

for (const file of readdirSync(join(root, "dist"), { recursive: true, encoding: "utf8" }))
  if (file.endsWith(".js") && !existsSync(join(root, file)) && !existsSync(join(root, file.replace(/\.js$/, ".ts")))) rmSync(join(root, "dist", file));
process.exit(status ?? 1);
