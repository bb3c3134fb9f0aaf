import { startMongo } from "../mongo/start.ts";
import type { Session } from "../session.ts";
import { textOf } from "../stub-providers.ts";
import { field, outcomeOf, type Activity, type Sample } from "./sample.ts";

const draft = async (session: Session, nonce: string): Promise<string> => {
  const response = await session.post("/drafts", { title: "Notes", body: `Some notes, ${nonce}` });
  return field("id")(await response.text());
};

const tool = (action: string, event: string, streamed: boolean, answer: (text: string) => string): Activity => ({
  calls: ["chat.completions"],
  streamed,
  event,
  route: `POST /drafts/:id/${action}`,
  arrange: draft,
  act: async (session, nonce, id) => outcomeOf(await session.post(`/drafts/${id}/${action}`, { instruction: `Shorter, ${nonce}` }), answer),
  expected: textOf,
});

/** Inkwell: Express 4, CommonJS, Passport, Mongoose, EJS, OpenAI. */
export const passportMongoose: Sample = {
  framework: "express",
  typed: false,
  services: async (_dir, providers) => {
    const mongo = await startMongo();
    return { env: { ...providers, MONGODB_URI: `${mongo.uri}inkwell`, SESSION_SECRET: "sample" }, stop: mongo.stop };
  },
  signUps: {
    form: async (session, { name, email, password }) => outcomeOf(await session.submit("/signup", { name, email, password })),
  },
  signIn: async (session, { email, password }) => outcomeOf(await session.submit("/login", { email, password })),
  activities: {
    rewrite: tool("rewrite", "chat_completion", false, field("text")),
    title: tool("title", "title", false, field("title")),
    continue: tool("continue", "chat_completion", true, (text) => text),
  },
  pages: { header: "/drafts", account: "/account", signIn: "/login" },
  embedded: false,
  usersScript: `
    import mongoose from "mongoose";
    await mongoose.connect(process.env.MONGODB_URI);
    console.log(JSON.stringify(await mongoose.connection.collection("users").find().toArray()));
    await mongoose.disconnect();
  `,
};
