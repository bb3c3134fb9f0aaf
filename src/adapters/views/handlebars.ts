// https://handlebarsjs.com/guide/
import { htmlView } from "./markup.html.ts";

export default htmlView("Handlebars", ["express-handlebars", "hbs", "handlebars"], "handlebars", /\.(?:hbs|handlebars)$/);
