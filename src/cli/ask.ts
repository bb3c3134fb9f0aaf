import inquirer from "inquirer";

/** A choice as it is offered. `checked` is whether it is ticked at first; a text in `disabled` says why it cannot be chosen. */
export interface Offer {
  readonly value: string;
  readonly title: string;
  readonly checked?: boolean;
  readonly disabled?: string;
}

/** Puts questions to whoever sits there; Enter takes the default. Rejects with inquirer's ExitPromptError on Ctrl-C. */
export interface Asker {
  /** Any number of the offers. */
  readonly several: (message: string, offers: readonly Offer[]) => Promise<readonly string[]>;
  /** One of the offers. */
  readonly one: (message: string, offers: readonly Offer[], fallback: string | undefined) => Promise<string>;
  /** Free text; `problem` says what is wrong with it. */
  readonly text: (message: string, fallback: string | undefined, problem?: (text: string) => string | undefined) => Promise<string>;
  /** One of a few letters; the first is the default. */
  readonly key: (message: string, keys: readonly string[]) => Promise<string>;
}

/** An asker on these streams. */
export function openAsker(streams: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream }): Asker {
  const prompt = inquirer.createPromptModule(streams as never);
  const ask = async (question: object): Promise<unknown> => ((await prompt([{ name: "answer", ...question }] as never)) as { answer: unknown }).answer;
  return {
    several: async (message, offers) => (await ask({ type: "checkbox", message, pageSize: 12, loop: false, choices: offers.map(choice) })) as readonly string[],
    one: async (message, offers, fallback) => (await ask({ type: "select", message, pageSize: 12, loop: false, default: fallback, choices: offers.map(choice) })) as string,
    text: async (message, fallback, problem) => String(await ask({ type: "input", message, ...(fallback !== undefined && { default: fallback }), validate: (text: string) => (text.trim() === "" && fallback === undefined ? "An answer is needed." : (problem?.(text.trim()) ?? true)) })).trim(),
    key: async (message, keys) => {
      const read = (text: string): string => text.trim().toLowerCase().slice(0, 1);
      const validate = (text: string): true | string => (text.trim() === "" || keys.includes(read(text)) ? true : `Press one of ${keys.join(", ")}, then Enter.`);
      return read(String(await ask({ type: "input", message, validate }))) || (keys[0] ?? "");
    },
  };
}

const choice = ({ value, title, checked, disabled }: Offer): object => ({ value, name: title, ...(checked !== undefined && { checked }), ...(disabled !== undefined && { disabled }) });
