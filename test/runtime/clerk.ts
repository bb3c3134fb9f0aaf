import { createHmac, createSign, generateKeyPairSync, randomBytes, randomUUID, type KeyObject } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A user as Clerk would keep it. */
export interface ClerkUser {
  readonly id: string;
  readonly email: string;
  readonly name: string;
}

/** A signed `user.created` delivery, as Clerk would POST it. */
export interface ClerkDelivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What an app needs of Clerk: keys, users, session tokens with the key set that verifies them, signed webhooks, the users API. */
export interface Clerk {
  readonly env: Readonly<Record<string, string>>;
  createUser(account: { readonly email: string; readonly name: string }): ClerkUser;
  find(email: string): ClerkUser | undefined;
  /** A session token of that user, valid for an hour, for `Authorization: Bearer`. */
  tokenOf(user: ClerkUser): string;
  userCreated(user: ClerkUser): ClerkDelivery;
  stop(): Promise<void>;
}

const ISSUER = "clerk.sample.test";
const KEY_ID = "ins_sample";

/** The publishable key of the stand-in's instance: public, and the same in each run. */
export const PUBLISHABLE_KEY = `pk_test_${Buffer.from(`${ISSUER}$`).toString("base64")}`;

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function signToken(key: KeyObject, user: ClerkUser): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: `https://${ISSUER}`, sub: user.id, sid: `sess_${user.id.slice(5)}`, sts: "active", fva: [0, -1], v: 2, iat: now - 5, nbf: now - 10, exp: now + 3600 };
  const signed = `${part({ alg: "RS256", kid: KEY_ID, typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(key).toString("base64url")}`;
}

/** The fields of Clerk's User object that its SDK reads. */
const userObject = ({ id, email, name }: ClerkUser) => ({
  object: "user",
  id,
  first_name: name,
  last_name: null,
  username: null,
  primary_email_address_id: `idn_${id.slice(5)}`,
  email_addresses: [{ object: "email_address", id: `idn_${id.slice(5)}`, email_address: email, verification: { status: "verified", strategy: "email_code" }, linked_to: [] }],
  phone_numbers: [],
  web3_wallets: [],
  external_accounts: [],
  public_metadata: {},
  private_metadata: {},
  unsafe_metadata: {},
  created_at: Date.now(),
  updated_at: Date.now(),
});

function deliver(secret: Buffer, user: ClerkUser): ClerkDelivery {
  const body = JSON.stringify({ type: "user.created", object: "event", data: userObject(user), timestamp: Date.now() });
  const id = `msg_${randomUUID()}`;
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = `v1,${createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
  return { body, headers: { "content-type": "application/json", "svix-id": id, "svix-timestamp": timestamp, "svix-signature": signature } };
}

/** Starts the stand-in for Clerk on a free loopback port. */
export async function startClerk(): Promise<Clerk> {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const secret = randomBytes(24);
  const users = new Map<string, ClerkUser>();
  const keys = [{ ...publicKey.export({ format: "jwk" }), kid: KEY_ID, use: "sig", alg: "RS256" }];
  const server = createServer((request, response) => {
    if (request.url === "/v1/jwks") return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ keys }));
    const user = users.get(/^\/v1\/users\/([^/?]+)/.exec(request.url ?? "")?.[1] ?? "");
    response.writeHead(user === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(user === undefined ? { errors: [{ code: "resource_not_found", message: "not found" }] } : userObject(user)));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    env: {
      NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY: PUBLISHABLE_KEY,
      NEXT_PUBLIC_CLERK_TELEMETRY_DISABLED: "1",
      CLERK_SECRET_KEY: "sk_test_sample",
      CLERK_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      CLERK_WEBHOOK_SIGNING_SECRET: `whsec_${secret.toString("base64")}`,
    },
    createUser: (account) => {
      const user = { id: `user_${randomUUID().replaceAll("-", "")}`, ...account };
      users.set(user.id, user);
      return user;
    },
    find: (email) => [...users.values()].find((user) => user.email === email),
    tokenOf: (user) => signToken(privateKey, user),
    userCreated: (user) => deliver(secret, user),
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped());
        server.closeAllConnections();
      }),
  };
}
