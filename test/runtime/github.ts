import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A stand-in for GitHub's OAuth: whoever is named by `as` has agreed already. */
export interface Github {
  readonly env: Readonly<Record<string, string>>;
  as(account: { readonly email: string; readonly name: string }): void;
  stop(): Promise<void>;
}

/** Starts the stand-in on a free loopback port. */
export async function startGithub(): Promise<Github> {
  const profiles = new Map<string, { readonly email: string; readonly name: string }>();
  let current = { email: "nobody@sample.test", name: "Nobody" };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://github");
    const json = (body: unknown) => void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (url.pathname === "/login/oauth/authorize") {
      const back = new URL(url.searchParams.get("redirect_uri") ?? "");
      const code = randomUUID();
      profiles.set(code, current);
      back.search = new URLSearchParams({ code, state: url.searchParams.get("state") ?? "" }).toString();
      return void response.writeHead(302, { location: back.href }).end();
    }
    if (url.pathname === "/login/oauth/access_token") {
      let form = "";
      request.on("data", (part: Buffer) => (form += part.toString()));
      return void request.on("end", () => json({ access_token: new URLSearchParams(form).get("code"), token_type: "bearer", scope: "read:user,user:email" }));
    }
    const profile = profiles.get((request.headers.authorization ?? "").replace(/^(Bearer|token) /i, ""));
    if (url.pathname !== "/user" || profile === undefined) return void response.writeHead(404).end();
    json({ id: [...profile.email].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 1e9, login: profile.name.toLowerCase(), avatar_url: "", ...profile });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    env: { GITHUB_URL: url, GITHUB_API_URL: url, GITHUB_ID: "sample", GITHUB_SECRET: "sample" },
    as: (account) => (current = account),
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped());
        server.closeAllConnections();
      }),
  };
}
