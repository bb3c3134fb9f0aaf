import { spawn } from "node:child_process";

/** A running Postgres (PGlite behind a socket) that listens on loopback. */
export interface Postgres {
  readonly url: string;
  stop(): Promise<void>;
}

const SERVER = `
  import { readFileSync, readdirSync, existsSync } from "node:fs";
  import { createRequire } from "node:module";
  import { pathToFileURL } from "node:url";
  const require = createRequire(process.cwd() + "/package.json");
  const load = async (name) => import(pathToFileURL(require.resolve(name)).href);
  const { PGlite } = await load("@electric-sql/pglite");
  const { PGLiteSocketServer } = await load("@electric-sql/pglite-socket");
  const db = await PGlite.create();
  for (const name of readdirSync("prisma/migrations").sort()) {
    const file = "prisma/migrations/" + name + "/migration.sql";
    if (existsSync(file)) await db.exec(readFileSync(file, "utf8"));
  }
  const server = new PGLiteSocketServer({ db, host: "127.0.0.1", port: 0, maxConnections: 20 });
  server.addEventListener("listening", ({ detail }) => console.log("port " + detail.port));
  await server.start();
  process.stdin.resume().on("end", () => process.exit(0));
`;

/** Starts an empty Postgres with the PGlite that Prisma's own CLI brings into `dir`, and applies `dir`'s Prisma migrations to it. */
export async function startPostgres(dir: string): Promise<Postgres> {
  const server = spawn(process.execPath, ["--input-type=module", "-e", SERVER], { cwd: dir, stdio: "pipe" });
  const exited = new Promise<void>((ended) => server.once("exit", () => ended()));
  const port = await new Promise<string>((found, failed) => {
    let said = "";
    const listen = (chunk: Buffer) => {
      said += chunk.toString();
      const port = /^port (\d+)$/m.exec(said)?.[1];
      if (port !== undefined) found(port);
    };
    server.stdout.on("data", listen);
    server.stderr.on("data", listen);
    server.once("exit", (code) => failed(new Error(`Postgres ended with ${code} before it was ready: ${said}`)));
  });
  return {
    url: `postgresql://postgres:postgres@127.0.0.1:${port}/postgres`,
    stop: async () => {
      server.stdin.end();
      await exited;
    },
  };
}
