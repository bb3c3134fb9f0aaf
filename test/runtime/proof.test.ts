import { declareProof } from "./proof/suite.ts";

declareProof({ long: false });
