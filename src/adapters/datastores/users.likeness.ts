/** A table, collection or model as far as it tells who is in it. */
export interface TableShape {
  readonly name: string;
  /** Names of columns and relations. */
  readonly fields: readonly string[];
}

const CERTAIN = 60;

/** How much a table looks like the one of the people who sign in: 0 when it is not, higher is likelier. */
export function likeness(table: TableShape): number {
  const name = plainName(table.name);
  const fields = table.fields.map((field) => field.replace(/_/g, "").toLowerCase());
  const has = (pattern: RegExp): boolean => fields.some((field) => pattern.test(field));
  let score = nameScore(name);
  const mail = has(/^(?:(?:primary|user|contact)?e?mail(?:address)?)$/);
  const password = has(/^(?:hashed?|encrypted|user)?(?:password|passwd|pwd)(?:hash|digest|ed)?$/);
  // Who has both signs in with them, whatever the table is called.
  score += (mail ? 25 : 0) + (password ? 30 : 0) + (mail && password ? 25 : 0);
  if (has(/^(?:google|github|facebook|clerk|kinde|auth0|firebase|twitter|discord|supabase|external)(?:user)?(?:id|uid|sub)$|^openid$/)) score += 15;
  if (has(/^(?:username|fullname|displayname|firstname|avatar(?:url)?|image(?:url)?|emailverified|isverified|lastlogin(?:at)?|role|accounts|sessions)$/)) score += 10;
  if (has(/^provideraccountid$/) || (has(/^(?:session)?token$/) && has(/^expires(?:at)?$/) && !has(/^password/))) score -= 80;
  if (has(/^(?:user|owner|author|member)id$/)) score -= 25;
  if (has(/^(?:invited|sent)by/) || has(/^(?:price|total|quantity|subtotal|stars|body|content|prompt)$/)) score -= 25;
  return score >= CERTAIN ? score : 0;
}

/** `public.tbl_Users`, `UserSchema` and `UserEntity` are all `user`. */
export function plainName(name: string): string {
  const last = name.split(".").at(-1) ?? name;
  const words = last.replace(/["'`[\]]/g, "").replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase().split(/[_\-\s]+/).filter((word) => word !== "");
  const kept = words.filter((word, i) => !(i === 0 && words.length > 1 && /^(?:tbl|tb|t|app|auth|sys|db|my|the|core|next)$/.test(word)) && !(i > 0 && /^(?:schema|model|entity|entities|table|collection|document|s)$/.test(word)));
  return kept.map((word) => (/(?:ss|us|is)$/.test(word) ? word : word.replace(/ies$/, "y").replace(/(?<=[^s])s$/, ""))).join("_");
}

function nameScore(name: string): number {
  if (name === "user") return 60;
  if (/^(?:people|person|member|account|profile|customer|subscriber)$/.test(name)) return 30;
  if (/^(?:client|player|student|employee|author|creator|participant|usuario|utilisateur|benutzer)$/.test(name)) return 20;
  return /(?:^|_)user$/.test(name) ? 35 : /^(?:user_(?:account|profile|info|data)|member_account)$/.test(name) ? 30 : -20;
}

/** The field among `names` that holds the e-mail address. */
export const emailField = (names: readonly string[]): string | undefined => pick(names, [/^email$/i, /^e_?mail_?address$/i, /^(?:user|primary|contact)_?e?mail$/i, /^mail$/i]);

/** The field among `names` that holds the name to show. */
export const nameField = (names: readonly string[]): string | undefined =>
  pick(names, [/^name$/i, /^(?:display|full)_?name$/i, /^user_?name$/i, /^first_?name$/i, /^login$/i]);

const pick = (names: readonly string[], patterns: readonly RegExp[]): string | undefined => patterns.map((pattern) => names.find((name) => pattern.test(name))).find((name) => name !== undefined);

/** Our columns in the words of a table: as its other names of several words are written, `usual` where it has none. */
export function columnNames(fields: readonly string[], usual: "camel" | "snake" = "camel"): Readonly<Record<"customerId" | "status", string>> {
  const snake = fields.filter((field) => /^[a-z0-9]+(?:_[a-z0-9]+)+$/.test(field)).length;
  const camel = fields.filter((field) => /^[a-z0-9]+[A-Z]/.test(field)).length;
  return snake > camel || (snake === camel && usual === "snake") ? { customerId: "credyt_customer_id", status: "credyt_status" } : { customerId: "credytCustomerId", status: "credytStatus" };
}
