// https://ejs.co/#docs
import { htmlView } from "./markup.html.ts";

export default htmlView("EJS", ["ejs"], "ejs", /\.ejs$/);
