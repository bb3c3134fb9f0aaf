import { declareApps } from "./apps.suite.ts";

declareApps({ long: false });
