// https://developers.deepl.com/api-reference/translate
import { defineProvider } from "../define.ts";

const of = ["Translator", "DeepLClient", "default"];

export default defineProvider({
  title: "DeepL",
  packages: ["deepl-node"],
  host: /api(?:-free)?\.deepl\.com/,
  calls: [
    // One text gives one result, a list of texts a list of them.
    { of, method: "translateText", eventType: "translation", meter: { characters: "[{}].flat().reduce((sum, one) => sum + one.billedCharacters, 0)" } },
    { of, method: "translateDocument", eventType: "translation", meter: { characters: "billedCharacters" } },
    { of, method: "rephraseText", eventType: "rewrite", meter: {} },
  ],
  hosts: [{ path: /^\/v2\/(?:translate|document|write)\b/, method: "POST", call: "POST translate", eventType: "translation", meter: {} }],
});
