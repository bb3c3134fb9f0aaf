import { declareProof } from "../runtime/proof/suite.ts";

declareProof({ long: true });
