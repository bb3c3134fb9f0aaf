import { execFileSync } from "node:child_process";
import { makeTree, type Tree } from "../apply/tree.ts";

/** A small Express app in plain JavaScript: one sign-up, one paid call, no type check to wait for. */
export const express: Tree = {
  "package.json": `${JSON.stringify({ name: "notes", type: "commonjs", main: "index.js", scripts: { start: "node index.js" }, dependencies: { express: "^4.19.0", mongoose: "^8.0.0", openai: "^6.0.0", jsonwebtoken: "^9.0.0" } }, undefined, 2)}\n`,
  "index.js": `const express = require('express');
const auth = require('./routes/auth');
const notes = require('./routes/notes');

const app = express();
app.use(express.json());
app.use('/auth', auth);
app.use('/notes', notes);

app.listen(process.env.PORT || 3000);
`,
  "models/user.js": `const mongoose = require('mongoose');

const userSchema = new mongoose.Schema({
  email: { type: String, required: true, unique: true },
  name: String,
  passwordHash: { type: String, required: true },
});

module.exports = mongoose.model('User', userSchema);
`,
  "middleware/auth.js": `const jwt = require('jsonwebtoken');

module.exports = function requireUser(req, res, next) {
  try {
    const token = (req.headers.authorization || '').replace('Bearer ', '');
    req.user = jwt.verify(token, process.env.JWT_SECRET);
    next();
  } catch (err) {
    res.status(401).json({ error: 'Please sign in' });
  }
};
`,
  "routes/auth.js": `const express = require('express');
const User = require('../models/user');

const router = express.Router();

router.post('/register', async (req, res, next) => {
  try {
    const user = await User.create({ email: req.body.email, name: req.body.name, passwordHash: 'x' });
    res.status(201).json({ id: user.id });
  } catch (err) {
    next(err);
  }
});

module.exports = router;
`,
  "routes/notes.js": `const express = require('express');
const OpenAI = require('openai');
const requireUser = require('../middleware/auth');

const router = express.Router();
const openai = new OpenAI();

router.post('/summary', requireUser, async (req, res, next) => {
  try {
    const completion = await openai.chat.completions.create({
      model: 'gpt-4o-mini',
      user: req.user.id,
      messages: [{ role: 'user', content: req.body.text }],
    });
    res.json({ summary: completion.choices[0].message.content });
  } catch (err) {
    next(err);
  }
});

module.exports = router;
`,
  ".env.example": "PORT=3000\nJWT_SECRET=\n",
  ".gitignore": "node_modules\n.env\n",
};

/** The app in a folder of its own. */
export const expressApp = (more: Tree = {}): string => makeTree({ ...express, ...more });

/** Makes a folder a git repository with everything committed. */
export function commitAll(root: string): void {
  const git = (...args: string[]): void => void execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], { cwd: root, stdio: "ignore" });
  git("init", "-q");
  git("add", "-A");
  git("commit", "-q", "-m", "start");
}
