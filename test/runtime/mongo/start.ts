import { execFile, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

/** A running MongoDB-compatible server, empty at its start. */
export interface MongoServer {
  /** Without a database name, with a trailing slash. */
  readonly uri: string;
  stop(): Promise<void>;
}

const here = import.meta.dirname;

const has = (command: string): boolean => spawnSync(command, ["-version"], { stdio: "ignore" }).status === 0;

/** Whether a MongoDB-compatible server can be had here: it comes from Maven and needs a JDK, for there is none in npm or Debian. */
export const mongoAvailable = (): boolean => has("java") && has("mvn");

/** The class path of the server, looked up once a machine. */
async function classPath(): Promise<string> {
  const folder = path.join(tmpdir(), "credyt-integrate-mongo");
  const file = path.join(folder, "classpath");
  const known = existsSync(file) && readFileSync(file, "utf8").trim().split(path.delimiter).every((jar) => existsSync(jar));
  if (!known) {
    mkdirSync(folder, { recursive: true });
    await promisify(execFile)("mvn", ["-q", "-B", "-f", path.join(here, "pom.xml"), "dependency:build-classpath", `-Dmdep.outputFile=${file}`]);
  }
  return readFileSync(file, "utf8").trim();
}

/** Starts the server on a free loopback port. */
export async function startMongo(): Promise<MongoServer> {
  const server = spawn("java", ["-Xmx128m", "-cp", await classPath(), path.join(here, "MongoServer.java")], { stdio: "pipe" });
  const exited = new Promise<void>((ended) => server.once("exit", () => ended()));
  const port = await new Promise<string>((found, failed) => {
    let said = "";
    server.stderr.on("data", (part: Buffer) => (said += part.toString()));
    server.stdout.on("data", (part: Buffer) => {
      said += part.toString();
      const line = /^port (\d+)$/m.exec(said);
      if (line?.[1] !== undefined) found(line[1]);
    });
    server.once("exit", (code) => failed(new Error(`the MongoDB server ended with ${code} before it was ready: ${said}`)));
  });
  return {
    uri: `mongodb://127.0.0.1:${port}/`,
    stop: async () => {
      server.stdin.end();
      await exited;
    },
  };
}
