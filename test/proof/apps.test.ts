import { declareApps } from "../runtime/apps.suite.ts";

declareApps({ long: true });
