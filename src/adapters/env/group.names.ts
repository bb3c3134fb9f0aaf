/** Where a variable of ours stands in a configuration of nested groups: `credyt.apiKey`. */
export interface GroupNames {
  readonly group: string;
  readonly key: string;
  /** What it is, for schemas that describe their values. */
  readonly doc: string;
}

const KNOWN: Readonly<Record<string, GroupNames>> = {
  CREDYT_API_KEY: { group: "credyt", key: "apiKey", doc: "Key of the Credyt API" },
  CREDYT_API_URL: { group: "credytApi", key: "url", doc: "Address of the Credyt API" },
  CREDYT_WEBHOOK_SECRET: { group: "credytWebhook", key: "secret", doc: "Secret that Credyt signs webhooks with" },
};

/** A group of its own for each variable, so that each can be declared without the others. */
export const groupOf = (name: string): GroupNames => KNOWN[name] ?? { group: camel(name), key: "value", doc: name };

/** `credytApiKey` for `CREDYT_API_KEY`. */
export const camel = (name: string): string => name.toLowerCase().replace(/_(\w)/g, (_all, letter: string) => letter.toUpperCase());
